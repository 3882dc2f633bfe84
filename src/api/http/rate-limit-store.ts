import { createLruCache } from "../../domain/lru-cache.js";

interface Window {
  current: number;
  ttl: number;
  iterationStartMs: number;
}

// As many keys as the plugin's own store keeps.
const KEYS_MAX = 5_000;
// The plugin names the window at every call, though its types do not say so.
const MINUTE_MS = 60_000;

/** Counts requests for `@fastify/rate-limit`. Its own store goes by the time of day: a clock set back holds a window open for the step. */
export class RateLimitStore {
  readonly #windows = createLruCache<Window>(KEYS_MAX);

  incr(key: string, callback: (error: null, result: Window) => void, timeWindow = MINUTE_MS): void {
    const now = performance.now();
    const known = this.#windows.get(key);
    const isOpen = known !== undefined && now < known.iterationStartMs + timeWindow;
    const iterationStartMs = isOpen ? known.iterationStartMs : now;
    const current = isOpen ? known.current + 1 : 1;
    const window = { current, iterationStartMs, ttl: timeWindow - (now - iterationStartMs) };
    this.#windows.set(key, window);
    callback(null, window);
  }

  child(): RateLimitStore {
    return new RateLimitStore();
  }
}
