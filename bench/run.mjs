// `npm run bench`: processor time of a page's main thread for the same stream through one parser and another, side by side.
// `--quick` has fewer rounds, `--json FILE` writes the figures there, `--only TEXT` measures the workloads with it in their name.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build } from "esbuild";

import { Browser } from "../tests/e2e/harness/browser.mjs";
import { chromium } from "../tests/e2e/harness/environment.mjs";
import { MainThread } from "./cpu.mjs";
import { median } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" }, only: { type: "string", default: "" } },
});
const ROUNDS = options.quick ? 7 : 15;
/** How long one measurement shall take, in nanoseconds of processor time. */
const LONG_ENOUGH = 80e6;
/** What takes longer than this times the fastest is measured once a round and no more often. */
const PATIENCE = 1_000_000_000;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const bundle = await build({ entryPoints: [join(ROOT, "bench/page/main.js")], bundle: true, format: "esm", target: "es2022", write: false });
const page = `<!doctype html><title>bench</title><script type="module">${bundle.outputFiles[0].text.replaceAll("</script", "<\\/script")}</script>`;
const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page)).listen(0, "127.0.0.1");
await once(server, "listening");
const folder = mkdtempSync(join(tmpdir(), "everstream-bench-"));
const browser = await Browser.start({ ...chromium(), folder });

try {
  const { driver } = browser;
  await driver.manage().setTimeouts({ script: 300_000 });
  await browser.openPage(`http://127.0.0.1:${server.address().port}/`);
  const { peer, parsers, workloads } = await driver.executeScript("const { peer, parsers, workloads } = window.bench; return { peer, parsers, workloads }");
  const run = (parser, workload, times) =>
    driver.executeAsyncScript("const [parser, workload, times, done] = arguments; window.bench.run(parser, workload, times).then(done, (error) => done({ error: String(error) }))", parser, workload, times);
  const browserProcess = (await driver.getCapabilities()).get("goog:processID");
  const thread = await MainThread.find(browserProcess, () => run(peer, workloads[0], 400));
  const measure = async (parser, workload, times) => {
    await run(parser, workload, Math.ceil(times / 3));
    const before = thread.nanoseconds();
    const result = await run(parser, workload, times);
    const spent = thread.nanoseconds() - before;
    if (result.error) throw new Error(`${parser} on ${workload}: ${result.error}`);
    return { spent, ...result };
  };

  const report = [];
  for (const workload of workloads.filter((name) => name.includes(options.only))) {
    const expected = await measure(peer, workload, 1);
    const times = {};
    for (const parser of parsers) {
      await measure(parser, workload, 1);
      const { spent, events, sum } = await measure(parser, workload, 1);
      if (events && (events !== expected.events || sum !== expected.sum)) throw new Error(`${parser} delivers something else on ${workload}.`);
      times[parser] = spent > PATIENCE ? 0 : Math.max(1, Math.ceil(LONG_ENOUGH / spent));
    }
    const measured = Object.fromEntries(parsers.map((parser) => [parser, []]));
    const able = parsers.filter((parser) => times[parser] > 0);
    for (let round = 0; round < ROUNDS; round++) {
      for (let turn = 0; turn < able.length; turn++) {
        // Rotated, and every other time the other way round, so that nobody always comes after the same one.
        const parser = able.at((round % 2 ? -1 : 1) * ((round + turn) % able.length));
        const { spent } = await measure(parser, workload, times[parser]);
        measured[parser].push(spent / times[parser] / expected.events);
      }
    }
    for (const parser of able) {
      const ratios = measured[parser].map((own, round) => measured[peer][round] / own);
      report.push({ workload, parser, nanoseconds: median(measured[parser]).median, ratio: median(ratios) });
    }
    show(report.filter((row) => row.workload === workload));
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await browser.stop();
  server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function show(rows) {
  console.log(`\n${rows[0].workload}`);
  for (const { parser, nanoseconds, ratio } of rows) {
    const interval = `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}`;
    console.log(`  ${parser.padEnd(28)} ${nanoseconds.toFixed(0).padStart(9)} ns an event  ${ratio.median.toFixed(2).padStart(5)}x  (${interval})`);
  }
}
