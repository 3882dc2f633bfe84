import { stripTypeScriptTypes } from "node:module";
import { Socket } from "node:net";
import { type Outcome, openEngine } from "./engine.js";

// The program of a function's process. It comes by standard input and reads no file. Lines of JSON go to and fro on descriptor 3: the host
// asks with a nonce, and the answer carries the same nonce. A module never sees either: it runs inside the engine.

const CHANNEL = 3;

/** A question of the host. */
export type Question = { nonce: string } & (
  | { ask: "facts"; hostPid: number }
  | { ask: "compile"; source: string }
  | { ask: "load"; code: string; timeoutMs: number; memoryMb: number }
  | { ask: "run"; event: string; timeoutMs: number }
);

const channel = new Socket({ fd: CHANNEL });
const engine = await openEngine();
let loaded = { code: "", memoryBytes: 0 };

function say(nonce: string, answer: object): void {
  channel.write(`${JSON.stringify({ nonce, ...answer })}\n`);
}

async function answer(question: Question): Promise<object> {
  switch (question.ask) {
    case "facts":
      return facts(question.hostPid);
    case "compile":
      return compile(question.source);
    case "load": {
      const { code, timeoutMs, memoryMb } = question;
      loaded = { code, memoryBytes: memoryMb * 1024 * 1024 };
      const outcome = await engine.evaluate({ ...loaded, event: undefined, timeoutMs });
      return "json" in outcome ? { on: JSON.parse(outcome.json) } : { error: outcome.error };
    }
    case "run":
      return result(await engine.evaluate({ ...loaded, event: question.event, timeoutMs: question.timeoutMs }));
  }
}

function result(outcome: Outcome): object {
  if ("error" in outcome) return outcome;
  return { output: JSON.parse(outcome.json), logs: outcome.logs };
}

/** Here and not in the host: the parser is large, and its input is anybody's. */
function compile(source: string): object {
  try {
    return { code: stripTypeScriptTypes(source) };
  } catch (error) {
    return { error: `The module does not compile: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The host's check before it lets any module run: the powers of this process if the engine did not hold. */
function facts(hostPid: number): object {
  const may = (scope: string) => process.permission?.has(scope) ?? true;
  return {
    uid: process.getuid?.() ?? -1,
    reachesHost: reaches(hostPid),
    permitted: ["fs.read", "fs.write", "child", "worker", "wasi", "addon", "inspector"].filter(may),
  };
}

/** Whether this process could signal the host. */
function reaches(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

let rest = "";
channel.setEncoding("utf8");
channel.on("end", () => process.exit(0));
channel.on("data", (chunk: string) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    const question: Question = JSON.parse(line);
    void answer(question).then((said) => say(question.nonce, said));
  }
});
