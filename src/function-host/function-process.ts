import { type Static, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { openProcess, type ProcessChannel } from "./process-channel.js";
import type { Sandbox } from "./sandbox.js";

/**
 * - `timeoutMs`: for one event. `startTimeoutMs`: for the process to start, besides.
 * - `memoryMb`: for the module's own objects and buffers.
 */
export interface ProcessLimits {
  timeoutMs: number;
  startTimeoutMs: number;
  memoryMb: number;
}

/** What a process is started with: the runner's text, and the sandbox around it. */
export interface ProcessKind {
  runner: string;
  sandbox: Sandbox;
}

/** What became of one event. */
export type RunResult = { output: unknown; logs: string[] } | { error: string; logs: string[] };

/** What a process could do if the engine did not hold. */
export type Facts = Static<typeof FactsAnswer>;

/** A process of one module. One event at a time; what fails to end in time ends the process. */
export interface FunctionProcess {
  readonly alive: boolean;
  readonly ended: Promise<void>;
  run(event: unknown): Promise<RunResult>;
  stop(): Promise<void>;
}

const Failed = Type.Object({ error: Type.String() });
const FactsAnswer = Type.Object({ uid: Type.Integer(), reachesHost: Type.Boolean(), permitted: Type.Array(Type.String()) });
const Compiled = Type.Object({ code: Type.String() });
const Loaded = Type.Object({ on: Type.Array(Type.String()) });
const Ran = Type.Object({ output: Type.Unknown(), logs: Type.Array(Type.String()) });
const RunFailed = Type.Object({ error: Type.String(), logs: Type.Array(Type.String()) });

// The engine ends a module by itself when its time is over; the process is killed where that takes it longer.
const GRACE_MS = 250;
const NONSENSE = "the function's process answered nonsense";

/**
 * Starts a process and has it load a module.
 * @throws Error whose message says what is wrong with the module
 */
export async function startFunctionProcess(kind: ProcessKind, code: string, limits: ProcessLimits): Promise<FunctionProcess> {
  const channel = openProcess(kind, limits.memoryMb);
  const loaded = await load(channel, code, limits);
  if ("error" in loaded) {
    await channel.stop();
    throw new Error(loaded.error);
  }
  return {
    get alive() {
      return channel.alive;
    },
    ended: channel.ended,
    stop: () => channel.stop(),
    async run(event) {
      const { timeoutMs } = limits;
      const question = { ask: "run", event: JSON.stringify(event), timeoutMs };
      const answer = await channel.ask(
        question,
        timeoutMs + GRACE_MS,
        `the function was ended: it took longer than ${timeoutMs} ms`,
      );
      if ("ended" in answer) return { error: answer.ended, logs: [] };
      const result = read(Type.Union([RunFailed, Ran]), answer.message);
      if (result !== undefined) return "error" in result ? pick(result, "error") : pick(result, "output");
      await channel.stop(NONSENSE);
      return { error: NONSENSE, logs: [] };
    },
  };
}

/**
 * Strips a module's types and loads it once, in a process like those that run it. Types are not checked, and what is not erasable
 * (enums, namespaces) is refused.
 */
export async function readModule(
  kind: ProcessKind,
  source: string,
  limits: ProcessLimits,
): Promise<{ code: string; on: readonly string[] } | { error: string }> {
  const channel = openProcess(kind, limits.memoryMb);
  try {
    const late = "The module does not compile: it takes too long.";
    const compiled = await ask(channel, { ask: "compile", source }, Compiled, limits.startTimeoutMs, late);
    if ("error" in compiled) return compiled;
    const loaded = await load(channel, compiled.code, limits);
    return "error" in loaded ? loaded : { code: compiled.code, on: loaded.on };
  } finally {
    await channel.stop();
  }
}

/** Starts a process in a sandbox and asks what it could do; throws where it does not start. */
export async function readFacts(kind: ProcessKind, limits: ProcessLimits): Promise<Facts & { givenUid: number | undefined }> {
  const channel = openProcess(kind, limits.memoryMb);
  try {
    const question = { ask: "facts", hostPid: process.pid };
    const facts = await ask(channel, question, FactsAnswer, limits.startTimeoutMs, "it does not start in time");
    if ("error" in facts) throw new Error(facts.error);
    return { ...facts, givenUid: channel.uid };
  } finally {
    await channel.stop();
  }
}

async function load(channel: ProcessChannel, code: string, limits: ProcessLimits) {
  const { timeoutMs, memoryMb } = limits;
  const late = `it took longer than ${timeoutMs} ms`;
  const loaded = await ask(channel, { ask: "load", code, timeoutMs, memoryMb }, Loaded, limits.startTimeoutMs + timeoutMs, late);
  return "error" in loaded ? { error: `The module does not load: ${loaded.error}` } : loaded;
}

async function ask<T extends TSchema>(
  channel: ProcessChannel,
  question: object,
  schema: T,
  timeoutMs: number,
  late: string,
): Promise<Static<T> | { error: string }> {
  const answer = await channel.ask(question, timeoutMs, late);
  if ("ended" in answer) return { error: answer.ended };
  return read(Failed, answer.message) ?? read(schema, answer.message) ?? { error: NONSENSE };
}

function read<T extends TSchema>(schema: T, message: unknown): Static<T> | undefined {
  return Value.Check(schema, message) ? (message as Static<T>) : undefined;
}

function pick<T extends { logs: string[] }, K extends keyof T>(result: T, key: K): Pick<T, K | "logs"> {
  return { [key]: result[key], logs: result.logs } as Pick<T, K | "logs">;
}
