/** Events that wait to be read, one reader's. */
export class Queue<T> {
  #items: T[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake = () => {};
  readonly #capacity: number;
  readonly #overflow: "error" | "latest" | "oldest";
  readonly #counters: { dropped: number };

  /** `counters` gets to know how many were dropped. */
  constructor(capacity: number, overflow: "error" | "latest" | "oldest", counters: { dropped: number }) {
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#counters = counters;
  }

  get isCrowded(): boolean {
    return this.#items.length > this.#capacity;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  /**
   * Who reads has had a turn since the last bytes came: what waits beyond the capacity, waits too long. `false` if that is
   * an error.
   */
  makeRoom(): boolean {
    const excess = this.#items.length - this.#capacity;
    if (excess <= 0) return true;
    if (this.#overflow === "error") return false;
    this.#items.splice(this.#overflow === "latest" ? 0 : this.#capacity, excess);
    this.#counters.dropped += excess;
    return true;
  }

  /** There will be no more. What waits can still be read; then comes the error, if there is one. */
  end(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#wake();
  }

  /** Reads, and calls `leave` when there is no more, or no more is wanted. */
  async *read(leave: () => void): AsyncGenerator<T, undefined> {
    try {
      for (;;) {
        if (this.#items.length) yield this.#items.shift()!;
        else if (this.#end?.error) throw this.#end.error;
        else if (this.#end) return;
        else await new Promise<void>((wake) => (this.#wake = wake));
      }
    } finally {
      leave();
    }
  }
}
