import { AppError } from "./app-error.js";

/**
 * One step of a transfer, for its trace.
 *
 * - `parent`: a W3C `traceparent`; without it (or with another transfer's) the step under way here is the parent, else the first one.
 * - `first`: this is the request that made the transfer; every other step hangs on it.
 * - `key`: names the step within its transfer, so that its id is known beforehand, here and elsewhere; see {@link Tracing.traceparentOf}.
 * - `links`: a `traceparent` of somebody else's trace that led to this.
 * - `beganAtMs`: since the epoch; now, by default.
 * - `attributes`: never a phone number, an account, a key or free text.
 */
export interface Step {
  name: string;
  transferId: string;
  kind?: "server" | "client" | "producer" | "consumer";
  parent?: string | undefined;
  first?: boolean;
  key?: string;
  links?: string | undefined;
  beganAtMs?: number;
  attributes?: Readonly<Record<string, string | number>>;
}

/** A step that has begun. */
export interface BegunStep {
  /** @param error An error's code, or a word for what went wrong. */
  end(error?: string): void;
}

/** Follows transfers through the processes they pass. */
export interface Tracing {
  begin(step: Step): BegunStep;
  /** The `traceparent` of a step with a key, whoever does it and when; `undefined` where nothing is traced. */
  traceparentOf(transferId: string, key: string): string | undefined;
  /** Does `work` as a step; steps that begin in it are below it. */
  run<T>(step: Step, work: () => Promise<T>): Promise<T>;
}

const NOTHING: BegunStep = { end: () => undefined };

/** Traces nothing. */
export const NO_TRACING: Tracing = { begin: () => NOTHING, traceparentOf: () => undefined, run: (_step, work) => work() };

/**
 * The ids of a transfer's trace and of its first step (W3C Trace Context). They follow from the transfer's id, a hash with every bit as good
 * as random: so every process joins the same trace, whoever started the transfer and whatever was rebuilt since, though neither the chain
 * nor the store carries any of it.
 */
export function traceIdsOf(transferId: string): { traceId: string; firstSpanId: string } {
  return { traceId: transferId.slice(2, 34), firstSpanId: transferId.slice(34, 50) };
}

/** What a trace may say of an error. */
export function errorWord(error: unknown): string {
  return error instanceof AppError ? error.code : "internal";
}
