import variant from "@jitl/quickjs-wasmfile-release-sync";
import wasm from "@jitl/quickjs-wasmfile-release-sync/wasm";
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import { createHostFunctions, type HostFunction } from "./host-functions.js";
import { LIBRARIES, LIBRARY, MODULE_NAME, prelude } from "./prelude.js";

/** The result of one evaluation of a module: its JSON, or the error. */
export type Outcome = { json: string; logs: string[] } | { error: string; logs: string[] };

/**
 * - `code`: the module's. `event`: JSON; without one the module is only loaded, and the result is its `on`.
 * - `timeoutMs`: for the module's own code and its pauses together.
 */
export interface Evaluation {
  code: string;
  event: string | undefined;
  timeoutMs: number;
  memoryBytes: number;
}

/** Runs modules. Each evaluation has an engine context of its own, so that nothing of one lasts into the next. */
export interface Engine {
  evaluate(evaluation: Evaluation): Promise<Outcome>;
}

// The package's types are those of its CommonJS form.
const quickjsVariant = variant as unknown as QuickJSSyncVariant;
// A part of WebAssembly's own stack of 1 MB, so that deep recursion is an error inside the engine and no crash of the process.
const STACK_BYTES = 256 * 1024;
const UNKNOWN = "unknown:";
const NOTHING_PENDING = "The function waits for something that never comes: no timer is set.";

/** Compiles QuickJS. It has no file, no network, no process and no clock but Date: a module reaches the host functions, and nothing else. */
export async function openEngine(): Promise<Engine> {
  const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(quickjsVariant, { wasmBinary: wasm.buffer }));
  return { evaluate: (evaluation) => evaluate(quickjs, evaluation) };
}

function evaluate(quickjs: QuickJSWASMModule, { code, event, timeoutMs, memoryBytes }: Evaluation): Promise<Outcome> {
  const endsAt = performance.now() + timeoutMs;
  const isLate = () => performance.now() >= endsAt;
  const runtime = quickjs.newRuntime({ memoryLimitBytes: memoryBytes, maxStackSizeBytes: STACK_BYTES, interruptHandler: isLate });
  runtime.setModuleLoader((name) => LIBRARIES[name] ?? { error: refusal(name) }, resolveName);
  const context = runtime.newContext();
  const logs: string[] = [];

  return new Promise((resolve) => {
    let settled = false;
    const settle = (result: { json: string } | { error: string }) => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      host.stop();
      // Whoever called may still be inside the engine: it is torn down once nothing of it is on the stack. What leaks, because it was
      // interrupted, makes that fail: the process then ends, and the next event gets another.
      setImmediate(() => {
        guest.dispose();
        context.dispose();
        runtime.dispose();
      });
      resolve({ ...result, logs });
    };
    const late = () => settle({ error: `the function was ended: it took longer than ${timeoutMs} ms` });
    const deadline = setTimeout(late, timeoutMs);
    const host = createHostFunctions({
      logs,
      done: (json) => settle({ json }),
      // The engine tells an interruption as an error of the module's.
      fail: (error) => (isLate() ? late() : settle({ error })),
      fire: (id) => {
        using number = context.newNumber(id);
        call("fire", number);
      },
    });
    const guest = open(context, host.functions);

    /** Calls a function of the prelude, and then runs what became due by it, until the result is there. */
    function call(name: "fire" | "start", ...args: QuickJSHandle[]): void {
      if (settled) return;
      using fn = context.getProp(guest, name);
      const result = context.callFunction(fn, context.undefined, ...args);
      if (result.error && !isLate()) settle({ error: describe(context, guest, result.error) });
      result.dispose();
      runJobs(runtime, () => settled);
      if (settled) return;
      if (isLate()) late();
      else if (!host.isWaiting()) settle({ error: NOTHING_PENDING });
    }

    const loaded = context.evalCode(code, MODULE_NAME, { type: "module" });
    if (loaded.error) {
      if (isLate()) late();
      else settle({ error: describe(context, guest, loaded.error) });
      loaded.dispose();
      return;
    }
    using namespace = loaded.value;
    using input = event === undefined ? context.undefined.dup() : context.newString(event);
    call("start", namespace, input);
  });
}

/** One job at a time: once the result is there, none of the module's code runs any more. */
function runJobs(runtime: QuickJSRuntime, isSettled: () => boolean): void {
  while (!isSettled()) {
    const result = runtime.executePendingJobs(1);
    const done = result.error !== undefined || result.value === 0;
    result.dispose();
    if (done) return;
  }
}

/** Runs the prelude with the host functions; its functions. */
function open(context: QuickJSContext, functions: Readonly<Record<string, HostFunction>>): QuickJSHandle {
  using host = context.newObject();
  for (const [name, implementation] of Object.entries(functions)) {
    using handle = context.newFunction(name, (...args) => implementation(context, args));
    context.setProp(host, name, handle);
  }
  using start = context.unwrapResult(context.evalCode(`(${prelude.toString()})`, "prelude"));
  return context.unwrapResult(context.callFunction(start, context.undefined, host));
}

/** Describes an error inside the engine: a module may have thrown anything, and there may be no memory left. */
function describe(context: QuickJSContext, guest: QuickJSHandle, error: QuickJSHandle): string {
  using fn = context.getProp(guest, "describe");
  using result = context.callFunction(fn, context.undefined, error);
  const text = result.error === undefined && context.typeof(result.value) === "string" ? context.getString(result.value) : "";
  return text || "The module failed, and its error cannot be read.";
}

/** No other name stays as it is: a module that is loaded already, such as the one that imports, is never found by it. */
function resolveName(_base: string, requested: string): string {
  const name = requested.replace(/^node:/, "");
  return Object.hasOwn(LIBRARIES, name) ? name : `${UNKNOWN}${requested}`;
}

function refusal(resolved: string): Error {
  const name = resolved.slice(UNKNOWN.length);
  const known = Object.keys(LIBRARIES).filter((library) => library !== LIBRARY);
  return new Error(`A module cannot import '${name}'. It may import ${LIBRARY} and ${known.join(", ")}.`);
}
