/** Of what an event is made, and how much text it holds. */
interface Item {
  readonly id: string;
}

/** What becomes of more than a queue may hold. */
export type Overflow = "wait" | "error" | "latest" | "oldest";

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined> | PromiseLike<never>): void;
}

/** Events that wait for one loop. Written by hand, for that of a generator cannot end while it waits. */
export class Queue<T extends Item> implements AsyncIterableIterator<T, undefined> {
  // What is pushed and what is taken are two lists, so that neither is ever moved: each event, and how much text it holds.
  #pushed: (T | number)[] = [];
  #taken: (T | number)[] = [];
  #at = 0;
  #text = 0;
  #waiters: Waiter<T>[] = [];
  #end: { error?: unknown } | undefined;
  readonly #leave: () => void;
  /** Called when something was taken. */
  readonly #tookOne: () => void;
  /** The id of the last event that was taken, or what it was before the first of those that wait. */
  place = "";

  constructor(leave: () => void, tookOne: () => void) {
    this.#leave = leave;
    this.#tookOne = tookOne;
  }

  /** How many events wait. */
  get length(): number {
    return (this.#pushed.length + this.#taken.length - this.#at) / 2;
  }

  /** How much text they hold, in UTF-16 units. */
  get text(): number {
    return this.#text;
  }

  /** `before` is the last event id before it. */
  push(item: T, text: number, before: string): void {
    if (this.#end) return;
    const waiter = this.#waiters.shift();
    if (waiter) {
      this.place = item.id;
      return waiter.resolve({ value: item, done: false });
    }
    if (!this.length) this.place = before;
    this.#pushed.push(item, text);
    this.#text += text;
  }

  /** Drops so many of the oldest or, with less than 0, of the latest. */
  drop(count: number): void {
    const all = [...this.#taken.slice(this.#at), ...this.#pushed];
    const [kept, gone] = count > 0 ? [all.slice(count * 2), all.slice(0, count * 2)] : [all.slice(0, count * 2), all.slice(count * 2)];
    this.#pushed = kept;
    this.#taken = [];
    this.#at = 0;
    for (let at = 1; at < gone.length; at += 2) this.#text -= gone[at] as number;
  }

  /** There will be no more. What waits can still be read; then comes the error, if there is one. */
  end(end: { error?: unknown } = {}): void {
    if (this.#end) return;
    this.#end = end;
    // (Who waits has read everything.)
    for (const { resolve } of this.#waiters.splice(0)) resolve(this.#finish());
  }

  /** The same without what waits. */
  discard(): void {
    this.#pushed = this.#taken = [];
    this.#at = this.#text = 0;
    this.end();
    this.#end = {};
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#at === this.#taken.length) {
      this.#taken = this.#pushed;
      this.#pushed = [];
      this.#at = 0;
    }
    if (this.#at < this.#taken.length) {
      const value = this.#taken[this.#at] as T;
      this.#text -= this.#taken[this.#at + 1] as number;
      // Whoever takes it may let it go while others wait.
      this.#taken[this.#at] = 0;
      this.#at += 2;
      this.place = value.id;
      this.#tookOne();
      return Promise.resolve({ value, done: false });
    }
    if (this.#end) return Promise.resolve(this.#finish());
    return new Promise((resolve) => this.#waiters.push({ resolve }));
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#leave();
    this.discard();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(error: unknown): Promise<never> {
    void this.return();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The end: the error, the first time. */
  #finish(): IteratorReturnResult<undefined> | Promise<never> {
    const { error } = this.#end!;
    this.#end = {};
    this.#leave();
    return error ? Promise.reject(error) : { value: undefined, done: true };
  }
}
