/** What becomes of more than a queue may hold. */
export type Overflow = "wait" | "error" | "latest" | "oldest";

interface Item {
  readonly id: string;
}

type Result<T> = IteratorResult<T, undefined>;

/** Events that wait for one loop. The iterator is written by hand, for that of a generator cannot end while it waits. */
export class Queue<T extends Item> {
  // What is pushed and what is taken are two lists, so that neither is ever moved. Each event has three places: itself, how much text
  // it holds, and its number among all events of the source.
  #pushed: (T | number)[] = [];
  #taken: (T | number)[] = [];
  #at = 0;
  #text = 0;
  #waiters: ((result: Result<T> | PromiseLike<never>) => void)[] = [];
  #end: { error?: unknown } | undefined;
  readonly #leave: () => void;
  readonly #tookOne: () => void;
  /** The id of the last event that was taken, or what it was before the first of those that wait; and the number of that event. */
  place = "";
  number = 0;

  /** What a loop sees of it. */
  readonly iterator: AsyncIterableIterator<T, undefined> = {
    next: () => this.#next(),
    return: () => {
      this.#leave();
      this.discard();
      return Promise.resolve({ value: undefined, done: true });
    },
    throw: (error) => {
      void this.iterator.return!();
      return Promise.reject(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };

  /** Calls `leave` when nothing more is wanted, or nothing more comes, and `tookOne` when an event was taken. */
  constructor(leave: () => void, tookOne: () => void) {
    this.#leave = leave;
    this.#tookOne = tookOne;
  }

  /** How many events wait. */
  get length(): number {
    return (this.#pushed.length + this.#taken.length - this.#at) / WIDTH;
  }

  /** How much text they hold, in UTF-16 units. */
  get text(): number {
    return this.#text;
  }

  /** `before` is the last event id before it. */
  push(item: T, text: number, number: number, before: string): void {
    if (this.#end) return;
    const resolve = this.#waiters.shift();
    if (resolve) {
      this.#stand(item.id, number);
      return resolve({ value: item, done: false });
    }
    if (!this.length) this.#stand(before, number - 1);
    this.#pushed.push(item, text, number);
    this.#text += text;
  }

  /** Drops the oldest. */
  dropFirst(): void {
    this.#turn();
    this.#text -= this.#taken[this.#at + 1] as number;
    // Whoever has it may let it go while others wait.
    this.#taken[this.#at] = 0;
    this.#at += WIDTH;
  }

  /** Drops the latest. */
  dropLast(): void {
    const list = this.#pushed.length ? this.#pushed : this.#taken;
    const [, text] = list.splice(-WIDTH) as [T, number];
    this.#text -= text;
  }

  /** There will be no more. What waits can still be read; then comes the error, if there is one. */
  end(end: { error?: unknown } = {}): void {
    if (this.#end) return;
    this.#end = end;
    // (Who waits has read everything.)
    for (const resolve of this.#waiters.splice(0)) resolve(this.#finish());
  }

  /** The same without what waits. */
  discard(): void {
    this.#pushed = this.#taken = [];
    this.#at = this.#text = 0;
    this.end();
    this.#end = {};
  }

  #next(): Promise<Result<T>> {
    this.#turn();
    if (this.#at < this.#taken.length) {
      const value = this.#taken[this.#at] as T;
      this.#stand(value.id, this.#taken[this.#at + 2] as number);
      this.dropFirst();
      this.#tookOne();
      return Promise.resolve({ value, done: false });
    }
    if (this.#end) return Promise.resolve(this.#finish());
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #stand(place: string, number: number): void {
    this.place = place;
    this.number = number;
  }

  /** Goes on with what was pushed, when all that was to be taken is. */
  #turn(): void {
    if (this.#at < this.#taken.length) return;
    this.#taken = this.#pushed;
    this.#pushed = [];
    this.#at = 0;
  }

  /** The end: the error, the first time. */
  #finish(): IteratorReturnResult<undefined> | Promise<never> {
    const { error } = this.#end!;
    this.#end = {};
    this.#leave();
    return error ? Promise.reject(error) : { value: undefined, done: true };
  }
}

const WIDTH = 3;
