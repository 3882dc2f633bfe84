import { registerHooks } from "node:module";
import { Socket } from "node:net";

// The program of a function's process. The host hands its text over on the command line, so that the process needs to read no file;
// what it imports, it imports before the module is loaded. Lines of JSON go to and fro on descriptor 3: first the module's code, then
// one event at a time.

interface Definition {
  on?: unknown;
  handle?: unknown;
}

const CHANNEL = 3;
const MODULE_URL = "eventmachine:module";
const LIBRARY = "event-machine/function";
const LIBRARY_URL = "eventmachine:library";
const LIBRARY_SOURCE = "export const defineFunction = (definition) => definition;";
// What computes. Node's permission model guards files and processes, but not every way to them (node:sqlite opens files), nor the
// network, nor signals to other processes: so nothing else of Node can be imported, and `process` is out of reach.
const BUILT_IN: readonly string[] = [
  "assert",
  "assert/strict",
  "buffer",
  "crypto",
  "events",
  "path",
  "querystring",
  "stream",
  "stream/promises",
  "stream/web",
  "string_decoder",
  "timers",
  "timers/promises",
  "url",
  "util",
  "util/types",
  "zlib",
];
const LOG_LINES_MAX = 50;
const LOG_LINE_MAX_CHARACTERS = 500;
const OUTPUT_MAX_CHARACTERS = 65_536;
const ERROR_MAX_CHARACTERS = 400;

const channel = new Socket({ fd: CHANNEL });
const stringify = JSON.stringify;
let logs: string[] = [];
let code = "";

function say(message: object): void {
  channel.write(`${stringify(message)}\n`);
}

function describe(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Of the stack, what lies in the module itself.
  const lines = text.split("\n").filter((line, index) => index === 0 || line.includes(MODULE_URL));
  return lines.join("\n").replaceAll(MODULE_URL, "module").slice(0, ERROR_MAX_CHARACTERS);
}

function log(...values: unknown[]): void {
  if (logs.length >= LOG_LINES_MAX) return;
  const text = values.map((value) => (typeof value === "string" ? value : (stringify(value) ?? String(value)))).join(" ");
  logs.push(text.slice(0, LOG_LINE_MAX_CHARACTERS));
}

/** Takes what reaches out of this process away from the module. */
function seal(): void {
  const { version, versions, platform, arch } = process;
  const own = { env: Object.freeze({}), argv: [], version, versions, platform, arch, nextTick: queueMicrotask };
  const fixed = (value: unknown) => ({ value, writable: false, configurable: false, enumerable: false });
  Object.defineProperty(globalThis, "process", fixed(Object.freeze(own)));
  const named = Object.fromEntries(["log", "info", "warn", "error", "debug"].map((name) => [name, log]));
  Object.defineProperty(globalThis, "console", fixed(Object.freeze(named)));
  for (const name of ["require", "module", "exports", "__filename", "__dirname"]) Reflect.deleteProperty(globalThis, name);
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === MODULE_URL && context.parentURL?.startsWith(MODULE_URL) !== true) {
        return { url: MODULE_URL, format: "module", shortCircuit: true };
      }
      if (specifier === LIBRARY) return { url: LIBRARY_URL, format: "module", shortCircuit: true };
      if (BUILT_IN.includes(specifier.replace(/^node:/, ""))) return next(specifier, context);
      throw new Error(`A module cannot import '${specifier}'. It may import ${LIBRARY} and ${BUILT_IN.join(", ")}.`);
    },
    load(url, context, next) {
      if (url === MODULE_URL) return { format: "module", source: code, shortCircuit: true };
      if (url === LIBRARY_URL) return { format: "module", source: LIBRARY_SOURCE, shortCircuit: true };
      return next(url, context);
    },
  });
}

async function load(): Promise<((event: unknown) => unknown) | undefined> {
  try {
    // @ts-expect-error: MODULE_URL, which the hooks resolve.
    const { default: definition }: { default?: Definition } = await import("eventmachine:module");
    const handle = definition?.handle;
    if (typeof handle !== "function") {
      say({ failed: "The module exports no function: write export default defineFunction({ on, handle })." });
      return undefined;
    }
    const on = definition?.on ?? [];
    if (!Array.isArray(on) || !on.every((type) => typeof type === "string")) {
      say({ failed: "The module's `on` is a list of event types." });
      return undefined;
    }
    say({ ready: true, on });
    return (event) => handle.call(definition, event);
  } catch (error) {
    say({ failed: describe(error) });
    return undefined;
  }
}

async function run(handle: (event: unknown) => unknown, { id, event }: { id: number; event: unknown }): Promise<void> {
  logs = [];
  try {
    const output = stringify((await handle(event)) ?? null) ?? "null";
    if (output.length > OUTPUT_MAX_CHARACTERS) throw new Error(`The output is over ${OUTPUT_MAX_CHARACTERS} characters.`);
    say({ id, output: JSON.parse(output), logs });
  } catch (error) {
    say({ id, error: describe(error), logs });
  }
}

let rest = "";
let handler: Promise<((event: unknown) => unknown) | undefined> | undefined;
channel.setEncoding("utf8");
channel.on("data", (chunk: string) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const message = JSON.parse(line);
    if (handler === undefined) {
      code = message.code;
      seal();
      handler = load();
    } else void handler.then((handle) => (handle === undefined ? undefined : run(handle, message)));
  }
});
