import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import timersPromises from "node:timers/promises";
import type { Random } from "./random.js";
import type { Scheduler } from "./scheduler.js";

/**
 * Puts a simulated clock, timers and chance in the place of the runtime's, so that the code under test runs as it ships: `Date`,
 * `performance.now`, `setTimeout` and its kin, `node:timers/promises`, `AbortSignal.timeout`, `Math.random`, `node:crypto`'s randomness. WebCrypto's work is
 * done one call at a time. Returns what puts everything back.
 */
export function simulateRuntime(scheduler: Scheduler, random: Random): () => void {
  const undo = [simulateTimers(scheduler), simulateDate(scheduler), simulateChance(random), simulateWebCrypto(scheduler, random)];
  syncBuiltinESMExports();
  return () => {
    for (const restore of undo) restore();
    syncBuiltinESMExports();
  };
}

function replace<T extends object, K extends keyof T>(target: T, key: K, value: unknown): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  Object.defineProperty(target, key, { value, configurable: true, writable: true, enumerable: descriptor?.enumerable ?? true });
  return () => {
    if (descriptor === undefined) delete target[key];
    else Object.defineProperty(target, key, descriptor);
  };
}

function all(undo: readonly (() => void)[]): () => void {
  return () => {
    for (const restore of undo) restore();
  };
}

function simulateTimers(scheduler: Scheduler): () => void {
  type Callback = (...args: unknown[]) => void;
  function createTimer(callback: Callback, delayMs: number, repeat: boolean, args: unknown[]) {
    let cancel = begin();
    function begin(): () => void {
      return scheduler.after(Math.max(delayMs, 1), "", () => {
        if (repeat) cancel = begin();
        callback(...args);
      });
    }
    const timer = {
      cancel: () => cancel(),
      ref: () => timer,
      unref: () => timer,
      hasRef: () => true,
      refresh: () => {
        cancel();
        cancel = begin();
        return timer;
      },
      close: () => cancel(),
      [Symbol.dispose]: () => cancel(),
    };
    return timer;
  }
  const clear = (timer: unknown) => {
    (timer as { cancel?: () => void } | null | undefined)?.cancel?.();
  };
  const sleep = (delayMs = 0, value?: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        timer.cancel();
        reject(new DOMException("The operation was aborted", "AbortError"));
      };
      const timer = createTimer(
        () => {
          signal?.removeEventListener("abort", abort);
          resolve(value);
        },
        delayMs,
        false,
        [],
      );
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  const timeoutSignal = (delayMs: number) => {
    const controller = new AbortController();
    createTimer(() => controller.abort(new DOMException("The operation timed out", "TimeoutError")), delayMs, false, []);
    return controller.signal;
  };
  return all([
    replace(globalThis, "setTimeout", (callback: Callback, delayMs = 0, ...args: unknown[]) =>
      createTimer(callback, delayMs, false, args),
    ),
    replace(globalThis, "setInterval", (callback: Callback, delayMs = 0, ...args: unknown[]) =>
      createTimer(callback, delayMs, true, args),
    ),
    replace(globalThis, "clearTimeout", clear),
    replace(globalThis, "clearInterval", clear),
    replace(timersPromises, "setTimeout", sleep),
    replace(AbortSignal, "timeout", timeoutSignal),
  ]);
}

function simulateDate(scheduler: Scheduler): () => void {
  // A step of a process's clock moves its time of day, and neither its timers nor `performance.now()`.
  const timeOfDay = () => scheduler.now() + (scheduler.current()?.clockMs ?? 0);
  const simulated: DateConstructor = new Proxy(Date, {
    construct: (target, args: unknown[], newTarget): Date =>
      Reflect.construct(target, args.length === 0 ? [timeOfDay()] : args, newTarget === simulated ? target : newTarget) as Date,
    get: (target, key) => (key === "now" ? timeOfDay : Reflect.get(target, key)),
  });
  return all([replace(globalThis, "Date", simulated), replace(globalThis.performance, "now", scheduler.now)]);
}

function simulateChance(random: Random): () => void {
  const uuid = () => {
    const bytes = random.bytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  const fill = <T extends ArrayBufferView>(view: T): T => {
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(random.bytes(view.byteLength));
    return view;
  };
  return all([
    replace(Math, "random", random.next),
    replace(crypto, "randomBytes", (size: number) => random.bytes(size)),
    replace(crypto, "randomUUID", uuid),
    replace(crypto, "randomInt", (low: number, high?: number) =>
      high === undefined ? random.between(0, low - 1) : random.between(low, high - 1),
    ),
    replace(Object.getPrototypeOf(globalThis.crypto), "getRandomValues", fill),
    replace(Object.getPrototypeOf(globalThis.crypto), "randomUUID", uuid),
  ]);
}

const importReally = globalThis.crypto.subtle.importKey;
// RFC 8410: what comes before the 32 bytes of an X25519 private key in PKCS #8.
const PKCS8_X25519 = Buffer.from("302e020100300506032b656e04220420", "hex");
const SUBTLE = ["deriveBits", "deriveKey", "digest", "encrypt", "decrypt", "exportKey", "importKey", "sign", "verify"] as const;

/** An X25519 key pair by chance; both halves in base64url. */
export function x25519Key(random: Random): { x: string; d: string } {
  const key = crypto.createPrivateKey({ key: Buffer.concat([PKCS8_X25519, random.bytes(32)]), format: "der", type: "pkcs8" });
  const { x = "", d = "" } = key.export({ format: "jwk" });
  return { x, d };
}

/** WebCrypto works on threads of its own: one call at a time, or its answers would come in an order of their own. */
function simulateWebCrypto(scheduler: Scheduler, random: Random): () => void {
  const { subtle } = globalThis.crypto;
  const prototype = Object.getPrototypeOf(subtle) as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const inTurn = (work: () => Promise<unknown>) =>
    new Promise((resolve, reject) => {
      scheduler.after(0, "", () => work().then(resolve, reject));
    });
  const calls = SUBTLE.map((name) => {
    const original = prototype[name] as (...args: unknown[]) => Promise<unknown>;
    return replace(prototype, name, (...args: unknown[]) => inTurn(() => original.apply(subtle, args)));
  });
  // As it was before it was replaced: this is inside a turn already.
  const importKey = (jwk: crypto.webcrypto.JsonWebKey, usages: crypto.webcrypto.KeyUsage[]) =>
    Reflect.apply(importReally, subtle, ["jwk", jwk, "X25519", true, usages]) as Promise<unknown>;
  const generate = (algorithm: unknown, _extractable: boolean, usages: crypto.webcrypto.KeyUsage[]) => {
    if (algorithm !== "X25519") throw new Error("The simulation makes X25519 keys only");
    return inTurn(async () => {
      const { x, d } = x25519Key(random);
      const jwk = { kty: "OKP", crv: "X25519", x };
      return {
        privateKey: await importKey({ ...jwk, d }, usages),
        publicKey: await importKey(jwk, []),
      };
    });
  };
  return all([...calls, replace(prototype, "generateKey", generate)]);
}
