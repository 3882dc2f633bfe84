import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import type { QuickJSContext, QuickJSHandle } from "quickjs-emscripten-core";
import type { HostFunctions } from "./prelude.js";

/** One host function: takes handles of the engine's values, checks what they are, and answers with another. */
export type HostFunction = (context: QuickJSContext, args: readonly QuickJSHandle[]) => QuickJSHandle | undefined;

const LOG_LINES_MAX = 50;
const LOG_LINE_MAX_CHARACTERS = 500;
const ERROR_MAX_CHARACTERS = 400;
const OUTPUT_MAX_CHARACTERS = 65_536;
// More than a function of this kind needs, and too few to matter to the process.
const TIMERS_MAX = 1_000;
// As the Web Cryptography API's own limit.
const RANDOM_BYTES_MAX = 65_536;
const ALGORITHMS: readonly string[] = ["sha256", "sha384", "sha512"];
const ENCODINGS: readonly string[] = ["hex", "base64", "base64url"];

/** The host functions of an evaluation. */
export function createHostFunctions(deps: {
  logs: string[];
  done(json: string): void;
  fail(error: string): void;
  fire(id: number): void;
}): { functions: Record<keyof HostFunctions, HostFunction>; isWaiting(): boolean; stop(): void } {
  const timers = new Map<number, NodeJS.Timeout>();

  function setTimer(id: number, ms: number): void {
    if (timers.size >= TIMERS_MAX) throw new RangeError(`A function has at most ${TIMERS_MAX} timers.`);
    const timer = setTimeout(() => {
      timers.delete(id);
      deps.fire(id);
    }, ms);
    timers.set(id, timer);
  }
  function clearTimer(id: number): void {
    clearTimeout(timers.get(id));
    timers.delete(id);
  }
  function done(json: string): void {
    if (json.length > OUTPUT_MAX_CHARACTERS) deps.fail(`Error: The output is over ${OUTPUT_MAX_CHARACTERS} characters.`);
    else deps.done(json);
  }

  return {
    functions: {
      log(context, [line]) {
        if (deps.logs.length < LOG_LINES_MAX) deps.logs.push(textOf(context, line).slice(0, LOG_LINE_MAX_CHARACTERS));
        return undefined;
      },
      timer(context, [id, ms]) {
        setTimer(numberOf(context, id), numberOf(context, ms));
        return undefined;
      },
      clearTimer(context, [id]) {
        clearTimer(numberOf(context, id));
        return undefined;
      },
      random(context, [count]) {
        const bytes = numberOf(context, count);
        if (!(bytes >= 0 && bytes <= RANDOM_BYTES_MAX)) throw new RangeError(`Ask for 0 to ${RANDOM_BYTES_MAX} bytes.`);
        return newBytes(context, randomBytes(bytes));
      },
      uuid: (context) => context.newString(randomUUID()),
      digest(context, [algorithm, key, data, encoding]) {
        const named = textOf(context, algorithm).toLowerCase().replace(/^sha-/, "sha");
        if (!ALGORITHMS.includes(named)) throw new RangeError(`Algorithms are ${ALGORITHMS.join(", ")}.`);
        const hash = isUndefined(context, key) ? createHash(named) : createHmac(named, bytesOf(context, key));
        const digest = hash.update(bytesOf(context, data)).digest();
        const form = textOf(context, encoding);
        if (form === "") return newBytes(context, digest);
        if (!ENCODINGS.includes(form)) throw new RangeError(`Encodings are ${ENCODINGS.join(", ")}.`);
        return context.newString(digest.toString(form as BufferEncoding));
      },
      encode: (context, [text]) => newBytes(context, Buffer.from(textOf(context, text), "utf8")),
      decode: (context, [bytes]) => context.newString(bytesOf(context, bytes).toString("utf8")),
      done(context, [json]) {
        done(textOf(context, json));
        return undefined;
      },
      fail(context, [error]) {
        deps.fail(textOf(context, error).slice(0, ERROR_MAX_CHARACTERS));
        return undefined;
      },
    },
    isWaiting: () => timers.size > 0,
    stop() {
      for (const id of timers.keys()) clearTimer(id);
    },
  };
}

function textOf(context: QuickJSContext, handle: QuickJSHandle | undefined): string {
  if (handle === undefined || context.typeof(handle) !== "string") throw new TypeError("Expected text.");
  return context.getString(handle);
}

function numberOf(context: QuickJSContext, handle: QuickJSHandle | undefined): number {
  if (handle === undefined || context.typeof(handle) !== "number") throw new TypeError("Expected a number.");
  return context.getNumber(handle);
}

function isUndefined(context: QuickJSContext, handle: QuickJSHandle | undefined): boolean {
  return handle === undefined || context.typeof(handle) === "undefined";
}

/** A copy: the engine's memory may move. */
function bytesOf(context: QuickJSContext, handle: QuickJSHandle | undefined): Buffer {
  if (handle === undefined || context.typeof(handle) !== "object") throw new TypeError("Expected bytes.");
  using lifetime = context.getArrayBuffer(handle);
  return Buffer.from(lifetime.value);
}

function newBytes(context: QuickJSContext, bytes: Uint8Array): QuickJSHandle {
  return context.newArrayBuffer(new Uint8Array(bytes).buffer);
}
