import type { CompiledQuery } from "kysely";
import type { Finality } from "../../src/chain/finality.js";
import type { Finding } from "../../src/domain/reconciliation.js";
import type { ChainClock } from "../../src/functions/chain-clock.js";
import type { Leg, LegBank } from "../../src/functions/leg.js";
import type { Journal } from "../../src/store/transfers/journal.js";
import type { LogCheck } from "../../src/watcher/follow/check-logs.js";
import type { HttpAnswer, HttpRequest } from "./http-messages.js";

/** Where a wrong part can be put in the place of a right one: each gets what there would be, and returns what there is to be. */
export interface Plants {
  /** What a leg asks of its bank. */
  legBank?(bank: LegBank): LegBank;
  leg?(leg: Leg): Leg;
  /** How a leg tells the time on the chain. */
  chainClock?(): ChainClock;
  journal?(journal: Journal): Journal;
  /** How the watcher checks logs. */
  logCheck?: LogCheck;
  watcherFinality?(finality: Finality): Finality;
  /** What the watcher sends to a function. */
  delivery?(host: string, request: HttpRequest): HttpRequest;
  /** What the watcher makes of a function's answer. */
  deliveryAnswer?(answer: HttpAnswer): HttpAnswer;
  /** What a process reads in a node's answer. */
  rpcResult?(role: string, call: { method: string; params: unknown[] }, result: unknown): unknown;
  /** What a process asks of the store. */
  query?(role: string, query: CompiledQuery): CompiledQuery;
  /** Rows to give in place of asking the store; `undefined` asks it. */
  rows?(role: string, query: CompiledQuery): unknown[] | undefined;
  /** What a reconciliation finds. */
  findings?(findings: readonly Finding[]): readonly Finding[];
}
