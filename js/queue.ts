/** Events that wait to be read, one reader's. */
export class Queue<T> implements AsyncIterableIterator<T, undefined> {
  /** So many were dropped. */
  dropped = 0;
  #items: T[] = [];
  #readers: { resolve(result: IteratorResult<T, undefined>): void; reject(reason: unknown): void }[] = [];
  #end: { readonly error?: unknown } | undefined;
  readonly #capacity: number;
  readonly #overflow: "error" | "latest" | "oldest";
  readonly #leave: () => void;

  /** `leave` is called when the reader wants no more. */
  constructor(capacity: number, overflow: "error" | "latest" | "oldest", leave: () => void) {
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#leave = leave;
  }

  get isCrowded(): boolean {
    return this.#items.length > this.#capacity;
  }

  push(item: T): void {
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ value: item, done: false });
    else if (!this.#end) this.#items.push(item);
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
    this.dropped += excess;
    return true;
  }

  /** There will be no more. What waits can still be read; then comes the error, if there is one. */
  end(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    for (const reader of this.#readers.splice(0)) this.next().then(reader.resolve, reader.reject);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#items.length) return Promise.resolve({ value: this.#items.shift()!, done: false });
    if (!this.#end) return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
    const { error } = this.#end;
    // An error is said once.
    this.#end = {};
    return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    this.end({});
    this.#leave();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
