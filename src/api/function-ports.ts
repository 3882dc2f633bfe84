import type { SealedSecret } from "../domain/function-secrets.js";
import type { FunctionModule, FunctionSettings } from "../domain/function-settings.js";
import type { WebhookResult } from "../webhooks/send-webhook.js";

/** A function, and where its deliveries stand. Sequences are the contract's. `owner`: null for the deployment's own. */
export interface FunctionView extends FunctionSettings {
  name: string;
  owner: string | null;
  position: bigint | null;
  behind: number;
  waiting: number;
  dead: number;
  oldestWaiting: Date | null;
  disabledReason: string | null;
  lastError: string | null;
  previousSecretUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
  /** How its newest requests went, once there are any. */
  recent: { count: number; failed: number; p50Ms: number; p95Ms: number; p99Ms: number } | undefined;
}

/** A delivery that waits for its next try, or is dead. */
export interface ParkedView {
  function: string;
  sequence: bigint;
  transferId: string;
  type: string | null;
  status: "waiting" | "dead";
  attempts: number;
  nextAttemptAt: Date;
  lastError: string | null;
  /** How often a dead letter was given its tries again because its transfer was still open. */
  revivals: number;
  /** Null while it waits. */
  givenUpAt: Date | null;
}

/** One request to a function. */
export interface RequestView {
  at: Date;
  events: number;
  outcome: string;
  durationMs: number;
  error: string | null;
}

/** Who is woken by which events. `visibleTo`: only what is this principal's, and the deployment's own. */
export interface FunctionRegistry {
  /** By name, after the one of the name `after`. */
  list(selection: { visibleTo?: string; after?: string; limit: number }): Promise<FunctionView[]>;
  find(name: string, selection: { visibleTo?: string }): Promise<FunctionView | undefined>;
  insert(fn: {
    name: string;
    secret: string;
    owner: string;
    settings: FunctionSettings;
    module: FunctionModule | undefined;
  }): Promise<"inserted" | "taken" | "too-many">;
  /** Of one that the API registered. Whether there is one. */
  update(
    name: string,
    change: { settings: FunctionSettings; module: FunctionModule | undefined; enabled: boolean | undefined },
  ): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  /** Until when the old one signs too. */
  rotateSecret(name: string, secret: string, overlapSeconds: number): Promise<Date | undefined>;
  /** Puts any function back into service. */
  enable(name: string): Promise<boolean>;
  /** `ofPrincipal`: only those of a principal's transfers. */
  parked(
    name: string,
    query: { status?: "waiting" | "dead"; after?: bigint; ofPrincipal?: string; limit: number },
  ): Promise<ParkedView[]>;
  /** A transfer's deliveries, by event and function. */
  parkedOf(
    transferId: string,
    selection: { visibleTo?: string; after?: { sequence: bigint; function: string } },
    limit: number,
  ): Promise<ParkedView[]>;
  /** The newest first. */
  requests(name: string, limit: number): Promise<RequestView[]>;
  /** Gives one dead letter or all of them their tries again; how many. */
  replay(name: string, sequence: bigint | undefined): Promise<number>;
  /** The module's source. */
  source(digest: string): Promise<string | undefined>;
}

/** What functions that the API registered are reached through. */
export interface FunctionTargets {
  /**
   * @throws AppError `invalid-function` where nothing answers at a URL, or it is not one that may be connected to; `too-many-requests`
   * where the principal has several checks under way
   */
  checkReachable(principal: string, url: string): Promise<void>;
  /**
   * Compiles and loads a module. `digest` names it by its content; `on`: the event types that it says it is for.
   * @throws AppError `invalid-function` where it does not compile or load
   */
  readModule(principal: string, source: string): Promise<{ digest: string; code: string; on: string[] }>;
  /** Sends one event to a function; the answer of a module is an {@link InvocationAnswer} in JSON. */
  send(
    target: Pick<ClaimedInvocation, "function" | "owner" | "url" | "secrets" | "batchSize">,
    event: InvocationEvent,
  ): Promise<WebhookResult>;
}

/** The CloudEvent that an invocation is. */
export interface InvocationEvent {
  specversion: "1.0";
  id: string;
  source: string;
  type: string;
  time: string;
  datacontenttype: "application/json";
  data: unknown;
}

/** Somebody's run of a function. */
export interface InvocationView {
  id: string;
  function: string;
  status: "waiting" | "succeeded" | "failed";
  attempts: number;
  output: unknown;
  logs: readonly string[] | null;
  error: string | null;
  durationMs: number | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** An invocation that is due. `owner`: the function's principal; null for the deployment's own. */
export interface ClaimedInvocation {
  id: string;
  function: string;
  owner: string | null;
  input: unknown;
  attempts: number;
  url: string;
  /** Sealed: what sends the invocation opens them. */
  secrets: readonly SealedSecret[];
  batchSize: number;
  createdAt: Date;
}

/** How a run ended; `again`: it comes again after so long. */
export type InvocationOutcome =
  | { status: "succeeded"; output: unknown; logs: readonly string[]; durationMs: number }
  | { status: "failed"; error: string; logs: readonly string[]; durationMs: number }
  | { status: "again"; error: string; afterMs: number };

/** Invocations that were asked for; kept for a day. */
export interface InvocationStore {
  /** Durable once it resolves; false where too many of the function's principal wait. */
  insert(id: string, fn: string, input: unknown): Promise<boolean>;
  /** Fails invocations that were begun too often. */
  failExhausted(): Promise<void>;
  /** Takes an invocation that nobody else has taken, for a while: of the principal that has fewest under way, and fewer than are free. */
  claim(running: Readonly<Record<string, number>>, free: number): Promise<ClaimedInvocation | undefined>;
  finish(id: string, outcome: InvocationOutcome): Promise<void>;
  find(fn: string, id: string): Promise<InvocationView | undefined>;
  /** The newest first; `before`: the id of the one that the page before ended with. */
  list(fn: string, page: { before?: string; limit: number }): Promise<InvocationView[]>;
}
