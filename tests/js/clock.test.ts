// Clocks that are set while a stream flows: what is silent is judged by time that has gone by.

import { expect, test } from "vitest";
import { connected, world } from "./stage.js";

const HOUR = 3_600_000;

for (const [name, step] of [
  ["back", -HOUR],
  ["ahead", HOUR],
  ["back and ahead in turn", 0],
] as const) {
  test(`a stream that flows is not taken for a silent one when the clock is set ${name}, and a silent one is noticed`, async () => {
    const { source, request } = await connected({ stallTimeout: 20_000 });
    let heard = 0;
    source.subscribe(() => heard++);
    for (let turn = 0; turn < 40; turn++) {
      await world.advance(7_000);
      world.setClock(world.now + (step || (turn % 2 ? HOUR : -HOUR)));
      await world.advance(8_000);
      request.send({ data: "x", id: `${turn}` });
      expect(source.stats.lastEventAt).toBe(world.now);
    }
    expect(heard).toBe(40);
    expect(world.requests.length).toBe(1);
    await world.advance(19_999);
    expect(source.state.name).toBe("open");
    await world.advance(1);
    expect(source.state).toMatchObject({ name: "waiting", kind: "stalled" });
  });
}

test("a clock that is set back between two chunks of a burst takes nothing away from the time that has gone by", async () => {
  const { source, request } = await connected({ stallTimeout: 20_000 });
  source.subscribe(() => {});
  request.send({ data: "1" });
  world.setClock(world.now - HOUR);
  request.send({ data: "2" });
  world.setClock(world.now - HOUR);
  request.send({ data: "3" });
  await world.advance(10_000);
  request.send({ data: "4" });
  await world.advance(19_999);
  expect(source.state.name).toBe("open");
  await world.advance(1);
  expect(source.state.name).toBe("waiting");
});
