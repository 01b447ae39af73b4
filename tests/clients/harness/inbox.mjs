// Things that arrive, kept in order until a test asks for them.

/** Milliseconds that anything may take: far more than it does, since other programs may have the machine for seconds. */
export const TIMEOUT = 60_000;

/** A queue that a test can wait on. */
export class Inbox {
  #items = [];
  #waiting = [];
  #failure = null;

  /** Adds an item, or hands it to the one who waits longest. */
  push(item) {
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve(item);
    else this.#items.push(item);
  }

  /** Ends the queue: whoever asks for more is told why there is none. */
  fail(error) {
    this.#failure ??= error;
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  /** What has arrived and was not taken. */
  get pending() {
    return [...this.#items];
  }

  /** The oldest item, or the next one to come. */
  next(what = 'the next item', timeout = TIMEOUT) {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift());
    if (this.#failure) return Promise.reject(new Error(`waited for ${what}: ${this.#failure.message}`));
    return within(timeout, what, (resolve, reject) => this.#waiting.push({ resolve, reject }), (pair) => {
      this.#waiting = this.#waiting.filter((waiter) => waiter.resolve !== pair.resolve);
    });
  }

  /** Takes items until one satisfies `test` and returns that one. */
  async until(test, what = 'a matching item', timeout = TIMEOUT) {
    const end = Date.now() + timeout;
    for (;;) {
      const item = await this.next(what, Math.max(1, end - Date.now()));
      if (test(item)) return item;
    }
  }
}

/** A promise that is rejected when it takes longer than `timeout` milliseconds. */
export function within(timeout, what, start, abandon = () => {}) {
  const here = new Error(`no ${what} within ${timeout} ms`);
  return new Promise((resolve, reject) => {
    const pair = {};
    const timer = setTimeout(() => {
      abandon(pair);
      reject(here);
    }, timeout);
    const settle = (how) => (value) => {
      clearTimeout(timer);
      how(value);
    };
    Object.assign(pair, { resolve: settle(resolve), reject: settle(reject) });
    start(pair.resolve, pair.reject);
  });
}

/** Waits for one event of a pusher-js object (connection, channel, user, watchlist). */
export function bound(target, event, timeout = TIMEOUT) {
  return within(timeout, `event "${event}"`, (resolve) => {
    const listener = (data) => {
      target.unbind(event, listener);
      resolve(data);
    };
    target.bind(event, listener);
  });
}

/** Collects the named events of a pusher-js object as `[event, data]`. */
export function recorded(target, ...events) {
  const inbox = new Inbox();
  for (const event of events) target.bind(event, (data) => inbox.push([event, data]));
  return inbox;
}

/** Asks again and again until the answer is truthy. */
export async function eventually(what, question, timeout = TIMEOUT) {
  const end = Date.now() + timeout;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
