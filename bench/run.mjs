// `npm run bench`: processor time of a page's main thread for the same stream through one implementation and another, side by
// side, and what else can be measured in a page. `--quick` has fewer rounds, and of parsers only pages with everstream in them,
// `--json FILE` writes the figures there, `--readme` puts the table into the README, `--only TEXT` measures what has it in its
// name, `--firefox` what can be measured there.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build } from "esbuild";

import { Browser } from "../tests/e2e/harness/browser.mjs";
import { browserAndDriver } from "../tests/e2e/harness/environment.mjs";
import { Firefox } from "../tests/e2e/harness/firefox.mjs";
import { memoryOf } from "../tests/e2e/harness/memory.mjs";
import { MainThread } from "./cpu.mjs";
import { table } from "./report.mjs";
import { serve } from "./server.mjs";
import { median } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    readme: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    firefox: { type: "boolean", default: false },
  },
});
const ROUNDS = options.quick ? 3 : 13;
/**
 * Parsers take turns so often in each page, and one turn takes so long, in nanoseconds of processor time: many, since what else a
 * shared machine does comes and goes within seconds, and not too short, since a stream takes longer for the first and second time
 * after the turn of another.
 */
const TURNS = options.quick ? 5 : 9;
const TURN = options.quick ? 20e6 : 70e6;
/** How an engine compiles what it runs differs from page to page: by 4 %. */
const PAGES = options.quick ? 1 : 3;
/** As often as it takes a transition beside the browser's own `EventSource`. */
const SLOWEST_TRANSITION = 1.2;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const files = {
  "/": ["text/html; charset=utf-8", '<!doctype html><title>bench</title><script type="module" src="/main.js"></script>'],
  "/rust.wasm": ["application/wasm", readFileSync(process.env.BENCH_RUST ?? join(ROOT, "target/bench-rust/wasm32-unknown-unknown/release/bench_rust.wasm"))],
  ...(await bundle("main.js", false)),
  ...(await bundle("worker.js", false)),
  ...(await bundle("start.js", true)),
};
for (const name of ["native EventSource", "fetch and eventsource-parser", "everstream"]) {
  files[`/start/${encodeURIComponent(name)}`] = ["text/html; charset=utf-8", `<!doctype html><script type="module">
    const begin = performance.now();
    const { START } = await import("/start.js");
    START[${JSON.stringify(name)}](() => (window.took = performance.now() - begin));
  </script>`];
}
const server = await serve(files, () => thread.nanoseconds());
const folder = mkdtempSync(join(tmpdir(), "everstream-bench-"));
let browser, driver, thread;

try {
  await start();
  const { workloads, readers, loops } = await call("plan");
  const wanted = (name) => name.includes(options.only);
  const report = { parsing: [], burst: [], latency: [], frames: [], growth: {}, kept: [], slow: [], connections: {}, start: [], transitions: [] };
  for (const { workload, pages } of workloads.filter(({ workload }) => wanted(workload))) {
    console.log(`\n${workload}`);
    for (const names of pages) await parsing(workload, names, report.parsing);
  }
  if (wanted("burst")) {
    await bursts("burst", readers, "a", 400_000, report.burst);
    await bursts("burst", readers, "b", 200_000, report.burst);
  }
  if (wanted("loops")) await bursts("loops, burst", loops, "a", 150_000, report.burst);
  if (wanted("latency")) {
    for (const name of readers.filter((name) => !name.startsWith("fetch,"))) report.latency.push({ name, ...(await call("latency", name, "/ticks?events=400", 400)) });
    console.log("\nlatency of one event each 5 ms, in ms");
    for (const { name, median, p99 } of report.latency) console.log(`  ${name.padEnd(34)} ${median.toFixed(2)}, all but 1 % ${p99.toFixed(2)}`);
  }
  if (wanted("frames")) await drawn(report.frames);
  if (wanted("transitions")) await transitions(report.transitions);
  // What is in the memory of a page only Chromium tells.
  if (!options.firefox) await memory(wanted, report);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.readme) table(join(ROOT, "README.md"), report);
} finally {
  await browser?.stop();
  server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function memory(wanted, report) {
  if (wanted("growth")) report.growth = await growth();
  if (wanted("kept")) await retained(report.kept);
  if (wanted("slow loops")) await slowLoops(report.slow, (await call("plan")).loops.filter((name) => name.startsWith("loop")));
  if (wanted("connections")) report.connections = await connections();
  if (wanted("start")) await firstEvents(report.start);
}

/** A browser, and the thread in which its page runs. */
async function start() {
  await browser?.stop();
  browser = await (options.firefox ? Firefox : Browser).start({ ...browserAndDriver(), folder: mkdtempSync(join(folder, "browser-")) });
  driver = browser.driver;
  await driver.manage().setTimeouts({ script: 300_000 });
  await browser.openPage(`${server.address}/`);
  const browserProcess = (await driver.getCapabilities()).get(options.firefox ? "moz:processID" : "goog:processID");
  const [{ workload, pages }] = (await call("plan")).workloads;
  thread = await MainThread.find(browserProcess, () => call("run", pages[0][0], workload, 300));
}

async function bundle(name, isSmall) {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "bench/page", name)],
    bundle: true,
    splitting: true,
    minify: isSmall,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
    outdir: ROOT,
    write: false,
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [`/${relative(ROOT, path)}`, ["text/javascript; charset=utf-8", text]]));
}

async function call(name, ...rest) {
  const script = "const [name, rest, done] = arguments; window.bench[name](...rest).then(done, (error) => done({ error: String(error?.stack ?? error) }))";
  const result = await driver.executeAsyncScript(script, name, rest);
  if (result?.error) throw new Error(`${rest}: ${result.error}`);
  return result;
}

async function parsing(workload, names, rows) {
  const isOwn = names.some((name) => name.startsWith("everstream"));
  if (options.quick && !isOwn) return;
  const measured = {};
  for (let page = 0; page < (isOwn ? PAGES : 1); page++) await parsingInPage(workload, names, measured);
  tell(workload, measured, rows);
}

async function parsingInPage(workload, names, measured) {
  // What the engine has learned of one stream makes it slower for another: eventsource-parser by half.
  await browser.openPage(`${server.address}/`);
  await call("plan");
  const [peer] = names;
  const expected = await call("run", peer, workload, 1, true);
  const times = {};
  for (const name of names) {
    const { events, sum, isSilent } = await call("run", name, workload, 1, true);
    if (!isSilent && (events !== expected.events || sum !== expected.sum)) {
      throw new Error(`${name} delivers something else on ${workload}: ${events} events, sum ${sum}, and not ${expected.events}, ${expected.sum}.`);
    }
    const often = async (warmUp) => Math.ceil(TURN / (await call("turns", workload, [[name, warmUp], [name, 1]]))[1]);
    // By then the engine has compiled it.
    times[name] = await often(3 * (await often(1)));
  }
  await rounds(TURNS, names, measured, async (order) => {
    const took = await call("turns", workload, order.map((name) => [name, times[name]]));
    return took.map((nanoseconds, turn) => nanoseconds / times[order[turn]] / expected.events);
  });
}

/** Measures all in each round, in the order that it tells. */
async function rounds(count, names, measured, measure) {
  for (let round = 0; round < count; round++) {
    // Rotated, and every other time the other way round, so that nobody always comes after the same one.
    const order = names.map((_, turn) => names.at((round % 2 ? -1 : 1) * ((round + turn) % names.length)));
    const took = await measure(order);
    for (const name of names) (measured[name] ??= []).push(took[order.indexOf(name)]);
  }
}

/** Holds what was measured against the first, round by round. */
function tell(workload, measured, rows) {
  const [peer] = Object.values(measured);
  for (const [name, all] of Object.entries(measured)) {
    const nanoseconds = median(all).median;
    const ratio = median(all.map((own, round) => peer[round] / own));
    rows.push({ workload, name, nanoseconds, ratio });
    const interval = `${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}`;
    console.log(`  ${name.padEnd(34)} ${nanoseconds.toFixed(0).padStart(9)} ns an event  ${ratio.median.toFixed(2).padStart(5)}x  (${interval})`);
  }
}

/** As fast as a local server can. */
async function bursts(what, readers, of, many, rows) {
  const read = async (name) => {
    // The native one takes so much longer that less of it says as much.
    const events = name === "native EventSource" ? many / 10 : many;
    const before = thread.nanoseconds();
    await call("read", name, `/burst?of=${of}&events=${events}`, events);
    return (thread.nanoseconds() - before) / events;
  };
  const row = `${what} of ${of} from a server`;
  console.log(`\n${row}`);
  for (const name of readers) await read(name);
  const measured = {};
  await rounds(ROUNDS, readers, measured, async (order) => {
    const took = [];
    for (const name of order) took.push(await read(name));
    return took;
  });
  tell(row, measured, rows);
}

async function heap() {
  await driver.sendDevToolsCommand("HeapProfiler.collectGarbage", {});
  await driver.sendDevToolsCommand("HeapProfiler.collectGarbage", {});
  const { usedSize } = await driver.sendAndGetDevToolsCommand("Runtime.getHeapUsage", {});
  return { heap: usedSize, wasm: (await call("wasmBytes")).bytes };
}

/** Apps that draw ten thousand events a second, for ten seconds. */
async function drawn(rows) {
  const events = options.quick ? 20_000 : 100_000;
  console.log("\n10,000 events a second in an app: frames apart, in ms");
  for (const name of ["no app at all", "react", "vue"]) {
    await browser.openPage(`${server.address}/`);
    const { lost, ...row } = await call("frames", name, `/feed?events=${events}`, events);
    if (row.events !== events || lost) throw new Error(`${name} has drawn ${row.events} events of ${events}, ${lost} of them out of place.`);
    rows.push({ name, ...row });
    console.log(`  ${name.padEnd(34)} ${row.median.toFixed(1)}, ${row.longest.toFixed(1)} at the most; ${row.frames} frames, ${row.renders} renders`);
  }
}

/** A page of 100 ms, drawn beside an event each 16 ms. */
async function transitions(rows) {
  const names = ["native EventSource and useState", "everstream/react", "no stream at all"];
  const measured = {};
  await rounds(ROUNDS, names, measured, async (order) => {
    const took = [];
    for (const name of order) {
      const result = await call("transitions", name, "/ticks?events=100000&every=16", options.quick ? 2 : 4);
      took.push(median(result.took).median);
    }
    return took;
  });
  const native = measured["native EventSource and useState"];
  console.log("\ntransitions to a page of 100 ms beside an event each 16 ms, in ms");
  for (const [name, all] of Object.entries(measured)) {
    const { median: ms } = median(all);
    const ratio = median(all.map((own, round) => own / native[round]));
    rows.push({ name, ms, ratio });
    console.log(`  ${name.padEnd(34)} ${ms.toFixed(0).padStart(5)}  ${ratio.median.toFixed(2)} of it (${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)})`);
  }
  // Of which a stream by `useSyncExternalStore` takes fifty times as much.
  const { ratio } = rows.find(({ name }) => name === "everstream/react");
  if (ratio.low > SLOWEST_TRANSITION) throw new Error(`A transition takes ${ratio.median} times as long as beside the browser's own.`);
}

/** What stays of a million events, in bytes. */
async function growth() {
  const { workload } = (await call("plan")).workloads[0];
  const { events } = await call("run", "everstream", workload, 1);
  const times = Math.ceil(1_000_000 / events);
  const sizes = [];
  for (let round = 0; round < 12; round++) {
    await call("run", "everstream", workload, times);
    sizes.push(await heap());
  }
  // What the engine notes down about its own work grows at first, and then comes and goes: the median of the last five.
  const grown = (key) => median(sizes.slice(1).map((size, round) => size[key] - sizes[round][key]).slice(-5)).median;
  const result = { events: times * events, heap: grown("heap"), wasm: grown("wasm") };
  console.log(`\ngrowth over ${result.events} events: heap ${result.heap} bytes, WebAssembly ${result.wasm} bytes`);
  return result;
}

/** The memory of all processes of the browser while a loop reads what comes faster than it can. */
async function slowLoops(rows, loops) {
  const events = 500_000;
  console.log(`\nslow loops over ${events} events (114 MB) from a server: memory at most, beyond that of the page, in MB`);
  for (const name of loops) {
    await start();
    const pid = (await driver.getCapabilities()).get("goog:processID");
    const before = memoryOf(pid);
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, memoryOf(pid) - before)), 200);
    const { seen, count } = await call("readSlowly", name, `/burst?of=b&events=${events}`, events).finally(() => clearInterval(watch));
    if (seen !== events || count !== events) throw new Error(`${name} has read ${seen} events of ${events}.`);
    rows.push({ name, megabytes: Math.round(most) });
    console.log(`  ${name.padEnd(34)} ${most.toFixed(0)}`);
  }
}

/** What 40 events that are kept hold on to, of 16,000, in bytes: a hundredth of what a hundred times as many do. */
async function retained(rows) {
  const { workload } = (await call("plan")).workloads[0];
  console.log("\n40 events kept of 16,000: bytes of memory");
  for (const name of ["eventsource-parser", "everstream"]) {
    // What another one has let go of would be taken again, and not be seen.
    await start();
    const keep = async (times) => {
      const { kept } = await call("keep", name, workload, 16_000, 400, times);
      if (kept !== 40 * times) throw new Error(`${kept} events were kept, and not ${40 * times}.`);
      await heap();
      // Text that comes from a decoder is not in the heap.
      return thread.residentBytes();
    };
    const before = await keep(1);
    const bytes = Math.round(((await keep(101)) - before) / 100);
    rows.push({ name, bytes });
    console.log(`  ${name.padEnd(34)} ${bytes}`);
  }
}

/** What an open source takes, in bytes. */
async function connections() {
  await call("hold", 10);
  const before = await heap();
  await call("hold", 100);
  const after = await heap();
  const result = { heap: (after.heap - before.heap) / 100, wasm: (after.wasm - before.wasm) / 100 };
  console.log(`\neach of 100 open sources: heap ${result.heap} bytes, WebAssembly ${result.wasm} bytes`);
  return result;
}

/** From `import` to the first event, with nothing in the browser's cache and with all of it. */
async function firstEvents(rows) {
  console.log("\nfrom import to the first event, in ms");
  for (const name of ["native EventSource", "fetch and eventsource-parser", "everstream"]) {
    const took = { cold: [], warm: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of ["cold", "warm"]) {
        if (way === "cold") await driver.sendDevToolsCommand("Network.clearBrowserCache", {});
        await driver.get(`${server.address}/start/${encodeURIComponent(name)}`);
        took[way].push(await driver.wait(() => driver.executeScript("return window.took"), 10_000));
      }
    }
    const row = { name, cold: median(took.cold).median, warm: median(took.warm).median };
    rows.push(row);
    console.log(`  ${name.padEnd(34)} ${row.cold.toFixed(1)}, and ${row.warm.toFixed(1)} with a warm cache`);
  }
}
