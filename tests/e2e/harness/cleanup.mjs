// What must not outlive the tests, however they end.

const pending = new Set();

/**
 * Runs `undo` when this process exits, unless it was run before. It has to be synchronous, since an exiting process
 * waits for nothing. Returns what runs it now.
 */
export function atExit(undo) {
  pending.add(undo);
  return () => {
    if (pending.delete(undo)) undo();
  };
}

process.on("exit", () => {
  for (const undo of pending) undo();
});
// A test runner that gives up ends this process with a signal, and then "exit" would not come by itself.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
