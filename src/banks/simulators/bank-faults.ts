import { setTimeout as delay } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import { AppError } from "../../domain/app-error.js";
import type { PostingKind } from "../../domain/posting.js";
import type { FaultSettings } from "./bank-schemas.js";

/** What a request is, as far as faults are aimed: the operation, and whether it touches postings of a kind. */
export interface FaultTarget {
  operation: "post" | "find" | "close";
  touches: (kind: PostingKind) => boolean;
}

/** The bank's faults, made on purpose for tests and demos. */
export interface BankFaults {
  settings(): FaultSettings;
  /** Replaces the faults and lets go whatever is held or delayed. */
  replace(settings: FaultSettings): void;
  /** Whether the bank denies, now, a posting that it has made. */
  denies(): boolean;
  /** Does `work` and sends what it returns, unless a fault comes between. `work` is what commits. */
  around<T>(target: FaultTarget, reply: FastifyReply, work: () => T | Promise<T>): Promise<T | FastifyReply>;
}

type CountedFault = "failBeforeCommit" | "status503" | "dropReplyAfterCommit" | "status500AfterCommit" | "garbleReplyAfterCommit";

/** Starts without any fault. */
export function createBankFaults(): BankFaults {
  let settings: FaultSettings = {};
  let change = Promise.withResolvers<void>();

  const strikes = ({ operation, touches }: FaultTarget) =>
    (settings.on ?? ["post"]).includes(operation) && (settings.kind === undefined || touches(settings.kind));

  const takeOne = (target: FaultTarget, fault: CountedFault): boolean => {
    const left = settings[fault] ?? 0;
    if (left === 0 || !strikes(target)) return false;
    settings = { ...settings, [fault]: left - 1 };
    return true;
  };

  const wait = async (target: FaultTarget, delayMs: number | undefined, hold: boolean | undefined): Promise<void> => {
    if (!strikes(target)) return;
    const changed = change.promise;
    if (hold === true) await changed;
    // Not a reason to keep the process alive: the listening server is.
    if (delayMs !== undefined) await Promise.race([delay(delayMs, undefined, { ref: false }), changed]);
  };

  return {
    settings: () => settings,
    replace: (next) => {
      settings = next;
      const before = change;
      change = Promise.withResolvers();
      before.resolve();
    },
    denies: () => {
      const left = settings.findsNothing ?? 0;
      if (left > 0) settings = { ...settings, findsNothing: left - 1 };
      return left > 0;
    },
    around: async (target, reply, work) => {
      await wait(target, settings.delayBeforeMs, settings.holdBeforeCommit);
      if (takeOne(target, "failBeforeCommit")) return cutConnection(reply);
      if (takeOne(target, "status503")) throw new AppError("store-unavailable", "The bank was told to be unavailable");
      const result = await work();
      await wait(target, settings.delayAfterMs, settings.holdReplyAfterCommit);
      if (takeOne(target, "dropReplyAfterCommit")) return cutConnection(reply);
      if (takeOne(target, "status500AfterCommit")) throw new AppError("internal", "The bank was told to fail after its commit");
      if (takeOne(target, "garbleReplyAfterCommit")) return garble(reply);
      return result;
    },
  };
}

function cutConnection(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.request.raw.socket.destroy();
  return reply;
}

function garble(reply: FastifyReply): FastifyReply {
  // A serializer of its own, because the route's would refuse to write what is not its reply.
  return reply.type("application/json").serializer(String).send('{"outcomes":[{"refer');
}
