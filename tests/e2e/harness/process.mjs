// Child processes that end with everything they started.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { atExit } from "./cleanup.mjs";

const START_TIMEOUT = 20_000;

/**
 * Starts a program in a process group of its own and waits until it has printed a line for each of `patterns`.
 * Returns the process, the matches, and `kill`, which ends the group with SIGKILL and waits for the program's end.
 */
export async function startProcess(path, args, env, patterns, { cwd } = {}) {
  const stdio = ["ignore", "pipe", "pipe"];
  const child = spawn(path, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio });
  const killNow = atExit(() => killGroup(child.pid));
  const ended = once(child, "close");
  const kill = async () => {
    killNow();
    await ended;
  };
  try {
    return { child, kill, matches: await announced(child, patterns) };
  } catch (error) {
    killNow();
    throw new Error(`${path} did not start: ${error.message}`);
  }
}

/** Ends every process of a group with SIGKILL. */
export function killGroup(id) {
  try {
    process.kill(-id, "SIGKILL");
  } catch (error) {
    // There is none left.
    if (error.code !== "ESRCH") throw error;
  }
}

/** Resolves to the matches of `patterns`, in their order. Output that comes later is read and thrown away. */
function announced(child, patterns) {
  return new Promise((resolve, reject) => {
    const matches = patterns.map(() => null);
    let complaint = "";
    const timer = setTimeout(() => reject(new Error(`it said nothing useful for ${START_TIMEOUT} ms`)), START_TIMEOUT);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      reject(new Error(complaint.trim() || `it ended with ${code}`));
    });
    child.stderr.on("data", (text) => (complaint = (complaint + text).slice(-2_000)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      patterns.forEach((pattern, index) => (matches[index] ??= line.match(pattern)));
      if (matches.includes(null)) return;
      clearTimeout(timer);
      resolve(matches);
    });
    if (!patterns.length) {
      clearTimeout(timer);
      resolve([]);
    }
  });
}
