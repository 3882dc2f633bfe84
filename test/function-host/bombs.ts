import { type Escape, handler } from "./escapes.js";

/** Attempts to take more than a function's share; each must end, and the function must work again. */
export const BOMBS: readonly Escape[] = [
  ...[
    ["a loop", "for (;;);"],
    [
      "a loop of microtasks",
      "const again = () => Promise.resolve().then(again); await again(); await new Promise((resolve) => { const next = () => Promise.resolve().then(next); next(); });",
    ],
    ["a loop in toString", "console.log({ toJSON() { for (;;); } });"],
    ["a loop in a getter of its output", "return { get a() { for (;;); } };"],
    ["a loop in a finally", "try { for (;;); } finally { for (;;); }"],
    ["a loop that catches its own end", "for (;;) { try { for (;;); } catch {} }"],
    ["a regular expression that backtracks", "return /^(a+)+$/.test('a'.repeat(40) + 'b');"],
    [
      "a sort whose order never settles",
      "return new Array(1e5).fill(0).map((_, i) => i).sort(() => { for (let i = 0; i < 1e4; i += 1); return 1; });",
    ],
    ["a huge power", "return String(7n ** (7n ** 8n)).length;"],
    ["a flood of intervals", "for (let i = 0; i < 900; i += 1) setInterval(() => {}, 0); await new Promise(() => {});"],
    [
      "sleep by Atomics",
      "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); await new Promise((resolve) => setTimeout(resolve, 1e6));",
    ],
  ].map(
    ([name = "", body = ""]): Escape => ({
      name: `processor time: ${name}`,
      module: handler(body),
      observed: /took longer than|never comes|out of memory|ReferenceError|TypeError|InternalError|RangeError/,
      because: "an event ends when its time is over",
    }),
  ),
  ...[
    ["arrays", "const all = []; for (;;) all.push(new Array(1e5).fill(1.5));"],
    ["strings", 'let text = "x"; for (;;) text += text;'],
    ["buffers", "const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1));"],
    ["a buffer of gigabytes", "return new ArrayBuffer(8e9).byteLength;"],
    ["shared buffers", "const all = []; for (;;) all.push(new Uint8Array(new SharedArrayBuffer(1e7)).fill(1));"],
    ["a map", "const map = new Map(); for (let i = 0; ; i += 1) map.set(i, { i });"],
    ["recursion", "const deep = () => deep() + 1; return deep();"],
    ["recursion by proxies", "let proxy = {}; for (let i = 0; i < 1e6; i += 1) proxy = new Proxy(proxy, {}); return proxy.x;"],
    ["deep JSON", 'return JSON.parse("[".repeat(1e6));'],
    ["deep output", "let nest = []; for (let i = 0; i < 1e6; i += 1) nest = [nest]; return nest;"],
    ["timers", "for (let i = 0; i < 1e6; i += 1) setTimeout(() => {}, 1e6);"],
    ["closures in microtasks", "for (;;) Promise.resolve(new Array(1000)).then((x) => x);"],
    ["memory, caught again and again", "const all = []; for (;;) { try { all.push(new Uint8Array(1e6)); } catch {} }"],
  ].map(
    ([name = "", body = ""]): Escape => ({
      name: `memory: ${name}`,
      module: handler(body),
      observed: /memory|took longer than|ended by itself|InternalError|RangeError|stack|"output":null|cannot be read/,
      because: "the engine's memory is bounded",
    }),
  ),
  ...[
    ["output", 'return "x".repeat(1e6);', /over 65536 characters/],
    ["an output of escapes", 'return "\\u0000".repeat(60000);', /"output":|over 65536/],
    ["logs", 'for (let i = 0; i < 1e5; i += 1) console.log("x".repeat(1e4));', /"logs":\["x{500}"(,"x{500}"){49}\]|took longer/],
    ["an error", 'throw new Error("x".repeat(1e7));', /"error":"Error: x{390,400}"/],
    ["an error that is no error", "throw { toString() { throw 1; } };", /cannot be read|never comes/],
  ].map(
    ([name, body, observed]): Escape => ({
      name: `output: ${String(name)}`,
      module: handler(String(body)),
      observed: observed as RegExp,
      because: "what a process says is bounded",
    }),
  ),
];
