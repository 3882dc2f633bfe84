/** Host functions: the only way out of the engine. Each takes and returns text, numbers and bytes, and nothing else. */
export interface HostFunctions {
  log(line: string): void;
  /** Has `fire(id)` called after a pause. */
  timer(id: number, ms: number): void;
  clearTimer(id: number): void;
  random(bytes: number): ArrayBuffer;
  uuid(): string;
  /** `key`: for an HMAC. */
  digest(algorithm: string, key: ArrayBuffer | undefined, data: ArrayBuffer, encoding: string): ArrayBuffer | string;
  encode(text: string): ArrayBuffer;
  decode(bytes: ArrayBuffer): string;
  /** The result, in JSON. */
  done(json: string): void;
  fail(error: string): void;
}

/** The functions that the runner calls inside the engine. */
export interface Guest {
  /** Reads the module's definition; with an event, has it handled. */
  start(namespace: unknown, event: string | undefined): Promise<void>;
  fire(id: number): void;
  describe(error: unknown): string;
}

/** The URL-like name of a module, in the stacks of its errors. */
export const MODULE_NAME = "module";
export const LIBRARY = "event-machine/function";
/** Modules that a module may import: their source runs inside the engine as well. */
export const LIBRARIES: Readonly<Record<string, string>> = {
  [LIBRARY]: "export const defineFunction = (definition) => definition;",
  crypto: `export const { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } = globalThis.crypto;`,
};

/**
 * Runs inside the engine before the module is loaded, and makes the globals that the language itself lacks. It is handed over as text, so it
 * refers to nothing outside of itself. A module may change all of these for itself: they lead to the host functions, and to nothing else.
 */
export function prelude(host: HostFunctions): Guest {
  const { parse, stringify } = JSON;
  const timers = new Map<number, () => void>();
  let lastTimer = 0;

  function describe(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    const frames = String(error.stack ?? "")
      .split("\n")
      .filter((line) => line.includes("(module:") || line.includes("at module:"));
    return [`${error.name}: ${error.message}`, ...frames].join("\n");
  }
  function log(...values: unknown[]): void {
    host.log(values.map((value) => (typeof value === "string" ? value : (stringify(value) ?? String(value)))).join(" "));
  }
  function schedule(callback: () => void, ms: number, again: boolean): number {
    const id = ++lastTimer;
    timers.set(id, () => {
      if (again) host.timer(id, ms);
      else timers.delete(id);
      callback();
    });
    host.timer(id, ms);
    return id;
  }
  function clear(id: number): void {
    if (timers.delete(id)) host.clearTimer(id);
  }
  function bytesOf(data: unknown): ArrayBuffer {
    if (typeof data === "string") return host.encode(data);
    if (data instanceof ArrayBuffer) return data;
    if (!ArrayBuffer.isView(data)) throw new TypeError("Expected text or bytes.");
    return data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
  }
  function joined(chunks: readonly ArrayBuffer[]): ArrayBuffer {
    const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0));
    let offset = 0;
    for (const chunk of chunks) {
      all.set(new Uint8Array(chunk), offset);
      offset += chunk.byteLength;
    }
    return all.buffer;
  }
  function createDigest(algorithm: string, key: ArrayBuffer | undefined) {
    const chunks: ArrayBuffer[] = [];
    return {
      update(data: unknown) {
        chunks.push(bytesOf(data));
        return this;
      },
      digest(encoding?: string) {
        const result = host.digest(String(algorithm), key, joined(chunks), String(encoding ?? ""));
        return typeof result === "string" ? result : new Uint8Array(result);
      },
    };
  }
  function timingSafeEqual(one: unknown, other: unknown): boolean {
    const [a, b] = [new Uint8Array(bytesOf(one)), new Uint8Array(bytesOf(other))];
    if (a.length !== b.length) throw new RangeError("Expected bytes of one length.");
    return a.reduce((difference, byte, index) => difference | (byte ^ (b[index] ?? 0)), 0) === 0;
  }
  const randomBytes = (count: number) => new Uint8Array(host.random(Number(count)));
  const named = { log, info: log, warn: log, error: log, debug: log };
  const globals = {
    console: Object.freeze(named),
    setTimeout: (callback: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
      schedule(() => callback(...values), Number(ms), false),
    setInterval: (callback: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
      schedule(() => callback(...values), Number(ms), true),
    clearTimeout: clear,
    clearInterval: clear,
    queueMicrotask: (callback: () => void) => {
      Promise.resolve().then(callback);
    },
    TextEncoder: class {
      encode(text = "") {
        return new Uint8Array(host.encode(String(text)));
      }
    },
    TextDecoder: class {
      decode(bytes: unknown = new Uint8Array()) {
        return host.decode(bytesOf(bytes));
      }
    },
    crypto: {
      createHash: (algorithm: string) => createDigest(algorithm, undefined),
      createHmac: (algorithm: string, key: unknown) => createDigest(algorithm, bytesOf(key)),
      getRandomValues(view: Uint8Array) {
        new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(randomBytes(view.byteLength));
        return view;
      },
      randomBytes,
      randomUUID: () => host.uuid(),
      timingSafeEqual,
    },
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }

  return {
    describe,
    fire(id) {
      try {
        timers.get(id)?.();
      } catch (error) {
        host.fail(describe(error));
      }
    },
    async start(namespace, event) {
      try {
        const { default: definition } = (await namespace) as { default?: { on?: unknown; handle?: unknown } };
        const handle = definition?.handle;
        if (typeof handle !== "function") {
          return host.fail("The module exports no function: write export default defineFunction({ on, handle }).");
        }
        const on = definition?.on ?? [];
        if (!Array.isArray(on) || !on.every((type) => typeof type === "string")) {
          return host.fail("The module's `on` is a list of event types.");
        }
        if (event === undefined) host.done(stringify(on));
        else host.done(stringify((await handle.call(definition, parse(event))) ?? null) ?? "null");
      } catch (error) {
        host.fail(describe(error));
      }
    },
  };
}
