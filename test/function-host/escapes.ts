/**
 * One attempt to get out of a module's sandbox. To add one, add a line to {@link ESCAPES}.
 *
 * - `module`: the attack; its output, its error and its logs are what is observed. `event.data` names the canaries: `file`, `port`
 *   (a loopback server that counts connections), `host` (the function host's own port) and `hostPid`.
 * - `observed`: what must be observed, so that the attack is seen to fail for the right reason and not for another.
 * - `because`: the reason.
 */
export interface Escape {
  name: string;
  module: string;
  observed: RegExp;
  because: string;
}

/** A module whose handler has this body; `before` runs when it is loaded. */
export const handler = (body: string, before = "") => `${before}
export default { on: ["eventmachine.transfer.completed"], handle: async (event) => { ${body} } };`;

/** Tells how something was refused; "done" if it was not. */
const attempt = (body: string) =>
  handler(
    `try { const got = await (async () => { ${body} })(); return "done " + String(got); } catch (error) { return String(error); }`,
  );

/** Collects every object that a patched built-in gets to see, and what among them would lead out of the engine. */
const HUNT = `
const seen = new Set();
const names = ["_debugProcess", "binding", "dlopen", "getBuiltinModule", "mainModule", "kill", "require", "execPath", "_handle", "fd", "write", "say"];
const look = (...values) => { for (const value of values) if (value !== null && (typeof value === "object" || typeof value === "function")) seen.add(value); };
const patch = (target, name) => {
  const original = Object.getOwnPropertyDescriptor(target, name)?.value;
  if (typeof original !== "function") return;
  try { target[name] = function (...args) { look(this, new.target, ...args); return Reflect.apply(original, this, args); }; } catch {}
};
const found = () => {
  const all = [...seen];
  for (const value of all) for (const key of Reflect.ownKeys(value)) { try { const child = value[key]; if (child !== null && typeof child === "object") all.push(child); } catch {} if (all.length > 5000) break; }
  return [...new Set(all.flatMap((value) => names.filter((name) => { try { return name in value && name !== "write"; } catch { return false; } })))];
};`;

const PROTOTYPES = `for (const target of [Object.prototype, Function.prototype, Array.prototype, Promise.prototype, Map.prototype, Set.prototype, Error.prototype,
  String.prototype, RegExp.prototype, Uint8Array.prototype, Object.getPrototypeOf(Uint8Array.prototype), ArrayBuffer.prototype, Symbol.prototype, Date.prototype,
  Object.getPrototypeOf(async () => {}), Object.getPrototypeOf(function* () {}), Iterator.prototype]) {
  for (const name of Object.getOwnPropertyNames(target)) if (!["constructor", "has", "add"].includes(name) && !(target === Set.prototype) && !(target === Function.prototype && name === "apply")) patch(target, name);
}`;

const refusedImport = (name: string, because: string): Escape => ({
  name: `imports '${name}'`,
  module: `import * as taken from ${JSON.stringify(name)}; ${handler("return Object.keys(taken);")}`,
  observed: /cannot import '/,
  because,
});

const refusedDynamically = (name: string, because: string): Escape => ({
  name: `imports '${name}' while it runs`,
  module: attempt(`return Object.keys(await import(${JSON.stringify(name)}))`),
  observed: /cannot import '/,
  because,
});

const BUILT_IN: readonly [names: readonly string[], because: string][] = [
  [["node:events", "node:timers", "node:stream", "node:stream/promises", "node:util"], "Node's objects lead to its process"],
  [["node:async_hooks", "node:diagnostics_channel", "node:perf_hooks"], "hooks see the host's own objects"],
  [["node:fs", "node:fs/promises", "node:sqlite", "node:wasi", "node:os", "node:v8"], "a module has no file"],
  [["node:child_process", "node:worker_threads", "node:cluster"], "a module starts nothing"],
  [["node:net", "node:http", "node:https", "node:dgram", "node:dns", "node:tls", "undici"], "a module has no network"],
  [["node:inspector", "node:repl", "node:trace_events"], "a module has no inspector"],
  [["node:module", "node:vm", "node:process", "module"], "a module loads no code of Node's"],
  [["std", "os", "bjson", "qjs:std", "qjs:os"], "QuickJS's own modules open files and start processes"],
  [["file:///etc/passwd", "/proc/self/environ", "/proc/1/environ", "../runner/runner.js", "./module"], "a module reads no file"],
  [["data:text/javascript,export default 1", "http://127.0.0.1:1/x.js", "unknown:crypto", ""], "a module loads no other code"],
];

export const ESCAPES: readonly Escape[] = [
  {
    name: "takes the process from a patched emit during an unhandled rejection (as reported)",
    module: `import { EventEmitter } from "node:events"; ${handler(`
      let real; const emit = EventEmitter.prototype.emit;
      EventEmitter.prototype.emit = function (...args) { if (this._debugProcess) real ??= this; return Reflect.apply(emit, this, args); };
      Promise.reject(new Error("x")); await new Promise((resolve) => setTimeout(resolve, 50)); real._debugProcess(event.data.hostPid); return "done";`)}`,
    observed: /cannot import 'node:events'/,
    because: "the engine has no emitter and no process",
  },
  ...BUILT_IN.flatMap(([names, because]) => names.map((name) => refusedImport(name, because))),
  ...BUILT_IN.flatMap(([names, because]) => names.map((name) => refusedDynamically(name, because))),

  // Objects that the host could leak.
  {
    name: "patches every prototype and looks at what comes by, with an unhandled rejection",
    module: handler(
      `Promise.reject(new Error("x")); console.log({ a: 1 }); crypto.createHash("sha256").update("x").digest("hex"); new TextDecoder().decode(new Uint8Array(2));
       await new Promise((resolve) => setTimeout(resolve, 20)); return found();`,
      `${HUNT}\n${PROTOTYPES}`,
    ),
    observed: /"output":\[\]/,
    because: "what the host calls inside the engine is made inside the engine",
  },
  {
    name: "patches timers and looks at their receivers",
    module: handler(
      `const got = await new Promise((resolve) => setTimeout(function (...args) { resolve([typeof this, args.length]); }, 1)); return got;`,
    ),
    observed: /"output":\["undefined",0\]/,
    because: "a timer's callback gets no object of the host's",
  },
  {
    name: "reads the host's frames by Error.prepareStackTrace",
    module: handler(
      `let frames = []; Error.prepareStackTrace = (_error, given) => { frames = given; return ""; };
       try { crypto.createHash("nonsense").digest(); } catch (error) { void error.stack; } void new Error("x").stack;
       return [...frames].map((frame) => typeof frame?.getThis?.() + typeof frame?.getFunction?.());`,
    ),
    observed: /"output":\[("undefinedundefined",?)*\]/,
    because: "the engine has no frames of the host's",
  },
  {
    name: "walks from an error of the host's to its constructors",
    module: attempt(
      `try { crypto.createHash("nonsense").digest(); } catch (error) { return [typeof error.constructor.constructor("return this")().process, error instanceof Error]; }`,
    ),
    observed: /done undefined,true/,
    because: "an error crosses as its text, and is made anew inside the engine",
  },
  ...["console.log", "setTimeout", "crypto.createHash", "crypto.randomUUID", "new TextEncoder().encode", "(async () => {})"].map(
    (source): Escape => ({
      name: `makes a function by the constructor of ${source}`,
      module: attempt(`return typeof (${source}).constructor("return globalThis")().process`),
      observed: /done (undefined|\[object Promise\])/,
      because: "Function is the engine's own",
    }),
  ),
  {
    name: "lists what leads out of any global",
    module: handler(
      `return ["process", "require", "module", "global", "Buffer", "fetch", "WebSocket", "XMLHttpRequest", "EventSource", "Worker", "WebAssembly", "ShadowRealm",
        "performance", "navigator", "std", "os", "bjson", "scriptArgs", "print", "load", "gc"].filter((name) => name in globalThis);`,
    ),
    observed: /"output":\[\]/,
    because: "the engine has the language and the prelude's globals",
  },
  {
    name: "reads import.meta",
    module: attempt("return JSON.stringify(import.meta)"),
    observed: /done (undefined|\{\})/,
    because: "there is no file",
  },
  {
    name: "imports its own module's internals",
    module: attempt(`return Object.keys(await import("prelude"))`),
    observed: /cannot import 'prelude'/,
    because: "the prelude is no module",
  },
  {
    name: "reads the caller's frames by arguments.callee.caller",
    module: `export default { on: [], handle: new Function("event", "try { return [typeof arguments.callee.caller, typeof this.process]; } catch (error) { return String(error); }") };`,
    observed: /(TypeError|"undefined"|"object","undefined")/,
    because: "the caller is the prelude, in strict mode",
  },

  // Signals, environment, descriptors, files.
  ...[
    ["signals its host", "return process.kill(event.data.hostPid, 'SIGUSR1')"],
    ["opens its host's inspector", "return process._debugProcess(event.data.hostPid)"],
    ["reads the environment", "return JSON.stringify(process.env)"],
    ["loads a built-in by the process", 'return process.getBuiltinModule("node:fs").readFileSync(event.data.file)'],
    ["requires", 'return require("node:fs").readFileSync(event.data.file)'],
    ["requires by a made function", 'return Function("return require")()("node:fs")'],
    ["opens a descriptor by number", 'return new (await import("node:net")).Socket({ fd: 3 }).write("x")'],
    ["starts a worker", 'return new Worker("data:text/javascript,1")'],
    ["compiles WebAssembly", "return new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))"],
  ].map(
    ([name = "", body = ""]): Escape => ({
      name,
      module: attempt(body),
      observed: /ReferenceError: '?(process|require|Worker|WebAssembly)'? is not defined|cannot import/,
      because: "the engine has no such thing",
    }),
  ),
  ...["text", "json", "bytes"].map(
    (type): Escape => ({
      name: `imports the canary's file as ${type}`,
      module: attempt(`return (await import(event.data.file, { with: { type: "${type}" } })).default`),
      observed: /cannot import '|SyntaxError|TypeError/,
      because: "only the libraries are found",
    }),
  ),
  {
    name: "names the canary's file in a source map",
    module: handler("throw new Error('mapped');\n//# sourceMappingURL=file:///etc/passwd\n"),
    observed: /Error: mapped/,
    because: "source maps are not read",
  },

  // Network.
  ...[
    ["fetches from loopback", "return await (await fetch('http://127.0.0.1:' + event.data.port + '/')).text()"],
    ["fetches from the host", "return await (await fetch('http://127.0.0.1:' + event.data.host + '/healthz')).text()"],
    ["opens a WebSocket", "return new WebSocket('ws://127.0.0.1:' + event.data.port + '/')"],
    ["asks by XMLHttpRequest", "return new XMLHttpRequest()"],
    ["listens to an EventSource", "return new EventSource('http://127.0.0.1:' + event.data.port + '/')"],
    ["imports from loopback", "return await import('http://127.0.0.1:' + event.data.port + '/x.js')"],
  ].map(
    ([name = "", body = ""]): Escape => ({
      name,
      module: attempt(body),
      observed: /ReferenceError: '?\w+'? is not defined|cannot import/,
      because: "a module has no network",
    }),
  ),

  // Results.
  {
    name: "forges a line of the channel in its output",
    module: handler(`return '"}\\n{"nonce":"x","output":"forged","logs":[]}\\n';`),
    observed: /"output":"\\"\}\\n\{\\"nonce/,
    because: "an output is JSON within one line",
  },
  {
    name: "forges a line of the channel in its log and its error",
    module: handler(`console.log('\\n{"nonce":"x"}\\n'); throw new Error('\\n{"nonce":"x"}\\n');`),
    observed: /"error":"Error: \\n\{.*"logs":\["\\n\{/,
    because: "logs and errors are JSON within one line",
  },
  {
    name: "sets the nonce and every other member of an answer on Object.prototype",
    module: handler(
      `for (const name of ["nonce", "ask", "json", "output", "logs", "error", "on", "then"]) { try { Object.prototype[name] = "forged"; } catch {} } delete Object.prototype.then; return { mine: true };`,
    ),
    observed: /"output":\{"mine":true\},"logs":\[\]/,
    because: "an answer is made outside of the engine",
  },
  {
    name: "replaces JSON and Promise",
    module: handler(
      `JSON.stringify = () => '{"forged":1}'; JSON.parse = () => null; globalThis.Promise = class {}; globalThis.JSON = null; return { mine: true };`,
    ),
    observed: /"output":\{"mine":true\}/,
    because: "the prelude holds its own",
  },
  {
    name: "answers twice by a thenable",
    module: handler("return { then(resolve) { resolve(1); resolve(2); throw new Error('late'); } };"),
    observed: /"output":1,/,
    because: "the first answer counts",
  },
  {
    name: "exports a thenable namespace",
    module:
      "export function then(resolve) { resolve({ default: { on: [], handle: () => 'own' } }); }\nexport default { on: [], handle: () => 1 };",
    observed: /"output":("own"|1)/,
    because: "it changes nothing but its own result",
  },
  {
    name: "returns what answers by toJSON, getters and proxies",
    module: handler(`return new Proxy({}, { get: (_target, name) => (name === "toJSON" ? () => ({ own: 1 }) : undefined) });`),
    observed: /"output":\{"own":1\}/,
    because: "it is turned into text inside the engine",
  },
  {
    name: "imports another tenant's module by its digest",
    module: attempt("return Object.keys(await import(event.data.digest))"),
    observed: /cannot import 'sha256-/,
    because: "a process knows one module",
  },
];
