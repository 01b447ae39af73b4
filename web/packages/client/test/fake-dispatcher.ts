type Callback = (data?: unknown, metadata?: unknown) => void;
type GlobalCallback = (event: string, data: unknown) => void;

/** The event dispatcher of pusher-js: data that is falsy is not passed on, an exception is not caught. */
export class FakeDispatcher {
  private callbacks = new Map<string, Callback[]>();
  private globalCallbacks: GlobalCallback[] = [];

  bind(event: string, callback: Callback): this {
    this.callbacks.set(event, [...(this.callbacks.get(event) ?? []), callback]);
    return this;
  }

  unbind(event?: string, callback?: Callback): this {
    for (const name of event === undefined ? [...this.callbacks.keys()] : [event]) {
      const left = (this.callbacks.get(name) ?? []).filter((bound) => callback && bound !== callback);
      if (left.length > 0) this.callbacks.set(name, left);
      else this.callbacks.delete(name);
    }
    return this;
  }

  bind_global(callback: GlobalCallback): this {
    this.globalCallbacks.push(callback);
    return this;
  }

  unbind_global(callback?: GlobalCallback): this {
    this.globalCallbacks = callback ? this.globalCallbacks.filter((bound) => bound !== callback) : [];
    return this;
  }

  unbind_all(): this {
    this.unbind();
    return this.unbind_global();
  }

  emit(event: string, data?: unknown, metadata?: unknown): this {
    for (const callback of this.globalCallbacks) callback(event, data);
    const args = metadata ? [data, metadata] : data ? [data] : [];
    for (const callback of this.callbacks.get(event) ?? []) callback(...args);
    return this;
  }

  /** How many callbacks are bound: none must be left behind. */
  get boundCallbacks(): number {
    return [...this.callbacks.values()].flat().length + this.globalCallbacks.length;
  }
}
