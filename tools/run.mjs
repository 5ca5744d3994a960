// What every npm script runs: checks that Rust is there, then hands over to the build tool in tools/xtask.
// Plain Node on purpose, since nothing is installed yet when it runs.

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cargo = findCargo();
if (cargo === null) {
  console.error("everstream is built with Rust, but there is no working cargo here: install Rust from https://rustup.rs and run this again.");
  process.exit(1);
}
runBuildTool(cargo, process.argv.slice(2));

/** The cargo on PATH, or the one that rustup installed but this shell has not been told about. */
function findCargo() {
  const candidates = ["cargo", join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin", "cargo")];
  return candidates.find((path) => spawnSync(path, ["--version"], { cwd: root }).status === 0) ?? null;
}

function runBuildTool(cargo, args) {
  // The first compilation takes a minute or two, so cargo may show its progress; later it has nothing to say.
  const built = existsSync(join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug", "xtask"));
  console.log(built ? "Checking the build tool…" : "Compiling the build tool (once, a minute or two)…");
  const quiet = built ? ["--quiet"] : [];
  const env = { ...process.env, PATH: withDirectoryOf(cargo) };
  const child = spawn(cargo, ["run", ...quiet, "-p", "xtask", "--", ...args], { cwd: root, env, stdio: "inherit" });

  // On Ctrl-C the terminal tells the whole process group, so the child ends by itself and this process waits for it.
  // A signal that was sent to this process alone has to be passed on, or the child would outlive it.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  if (process.env.npm_lifecycle_event) endWithNpm(child);

  child.on("error", (error) => {
    console.error(`cargo could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

/**
 * Ends the child when npm has gone. A signal that is sent to npm alone goes on to the shell between npm and this
 * process, which does not pass it on, and a server that nobody sees would keep its port.
 */
function endWithNpm(child) {
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 300);
  watch.unref();
}

/** The build tool calls cargo by name, so the folder of a cargo that is not on PATH is added to it. */
function withDirectoryOf(cargo) {
  const separator = process.platform === "win32" ? ";" : ":";
  return cargo === "cargo" ? process.env.PATH : `${dirname(cargo)}${separator}${process.env.PATH ?? ""}`;
}
