// The demo server: started, killed, started again on the same ports, and asked what happened.

import { join } from "node:path";

import { startProcess } from "./process.mjs";

export class Server {
  #path;
  #env;
  #process = null;
  /** What earlier processes had in their journals when they were killed. */
  #archive = [];

  /** Starts a server on free ports whose log is in `folder`. */
  static async start({ path, site, folder, rate }) {
    const server = new Server();
    server.#path = path;
    server.#env = { EVERSTREAM_SITE: site, EVERSTREAM_DATA: join(folder, "log.redb"), RATE: String(rate), PORT: "0" };
    await server.restart();
    return server;
  }

  /** Starts the server again where it was. */
  async restart() {
    const patterns = [/^listening on (http:\S+)/, /^cross-origin on (http:\S+)/];
    this.#process = await startProcess(this.#path, [], this.#env, patterns);
    [this.origin, this.crossOrigin] = this.#process.matches.map((match) => match[1]);
    this.#env.PORT = new URL(this.origin).port;
  }

  /** Ends the process with SIGKILL. The connections it had are remembered as `killed`. */
  async kill() {
    const journal = await this.#read();
    await this.#process.kill();
    this.#process = null;
    const ended = Date.now();
    this.#archive.push(...journal.map((record) => (record.how === null ? { ...record, ended, how: "killed" } : record)));
  }

  /**
   * The connections of a run over all processes, oldest first. For a killed one, `sent` and `events` are what had been
   * sent a moment before.
   */
  async journal(run) {
    const current = this.#process === null ? [] : await this.#read();
    return [...this.#archive, ...current].filter((record) => record.run === run);
  }

  /** The id of the newest event. */
  async latest() {
    const answer = await fetch(`${this.origin}/latest`, { signal: AbortSignal.timeout(5_000) });
    return answer.text();
  }

  async stop() {
    await this.#process?.kill();
    this.#process = null;
  }

  async #read() {
    const answer = await fetch(`${this.origin}/journal`, { signal: AbortSignal.timeout(5_000) });
    return answer.json();
  }
}
