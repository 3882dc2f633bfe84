import type { FastifyBaseLogger } from "fastify";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { moduleDigest } from "../../domain/module-target.js";
import type { WebhookResult } from "../../webhooks/send-webhook.js";
import type { ClaimedInvocation, FunctionTargets, InvocationOutcome, InvocationStore } from "../function-ports.js";

/** Runs the invocations that wait. */
export interface Invoker {
  /** There may be something to do; neither throws nor waits. */
  wake(): void;
  /** Ends what is under way, as far as it answers in time. */
  close(): Promise<void>;
}

/** The type of the CloudEvent that an invocation is; no event of the chain has it, so none can be forged by an invocation. */
export const INVOCATION_TYPE = "eventmachine.function.invoked";

// What another replica has left, or what is to be tried again, is looked for this often.
const POLL_MS = 1_000;
// One principal alone has half of them, so that another's need not wait.
const CONCURRENCY_MAX = 16;
const ATTEMPTS_MAX = 3;
const RETRY_MS = 2_000;
const OUTPUT_MAX_CHARACTERS = 65_536;

/** What the function host answers of an invocation. */
const InvocationAnswer = Type.Union([
  Type.Object({ output: Type.Unknown(), logs: Type.Array(Type.String()) }),
  Type.Object({ error: Type.String(), logs: Type.Array(Type.String()) }),
]);

export function createInvoker(deps: {
  invocations: Pick<InvocationStore, "claim" | "failExhausted" | "finish">;
  send: FunctionTargets["send"];
  logger: FastifyBaseLogger;
}): Invoker {
  const running = new Map<Promise<void>, string>();
  let claiming: Promise<void> | undefined;
  let again = false;
  let closed = false;

  function wake(): void {
    again = true;
    if (closed || claiming !== undefined) return;
    claiming = claimAll()
      .catch((error: unknown) => deps.logger.warn({ err: error }, "invocations are not run; trying again"))
      .finally(() => {
        claiming = undefined;
      });
  }

  async function claimAll(): Promise<void> {
    await deps.invocations.failExhausted();
    // A wake meanwhile causes one more look.
    while (again && !closed && running.size < CONCURRENCY_MAX) {
      again = false;
      const claimed = await deps.invocations.claim(countByOwner(running.values()), CONCURRENCY_MAX - running.size);
      if (claimed === undefined) continue;
      begin(claimed);
      again = true;
    }
  }

  function begin(invocation: ClaimedInvocation): void {
    const run = runOne(deps, invocation)
      .catch((error: unknown) => deps.logger.error({ err: error, fn: invocation.function }, "an invocation's end was not kept"))
      .finally(() => {
        running.delete(run);
        wake();
      });
    running.set(run, invocation.owner ?? "");
  }

  const timer = setInterval(wake, POLL_MS);
  timer.unref();
  return {
    wake,
    async close() {
      closed = true;
      clearInterval(timer);
      await claiming;
      await Promise.all(running.keys());
    },
  };
}

function countByOwner(owners: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const owner of owners) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return Object.fromEntries(counts);
}

async function runOne(deps: Parameters<typeof createInvoker>[0], invocation: ClaimedInvocation): Promise<void> {
  const { id, function: name, input, createdAt } = invocation;
  const beganAt = performance.now();
  const result = await deps.send(invocation, {
    specversion: "1.0",
    id,
    source: `/v1/functions/${name}/invocations`,
    type: INVOCATION_TYPE,
    time: createdAt.toISOString(),
    datacontenttype: "application/json",
    data: input,
  });
  await deps.invocations.finish(id, outcomeOf(invocation, result, performance.now() - beganAt));
}

function outcomeOf({ url, attempts }: ClaimedInvocation, result: WebhookResult, durationMs: number): InvocationOutcome {
  if (result.kind === "answered") {
    const answer = parseAnswer(result.text);
    if (moduleDigest({ url }) === undefined) return { status: "succeeded", output: answer, logs: [], durationMs };
    if (!Value.Check(InvocationAnswer, answer)) {
      return { status: "failed", error: "the function host's answer cannot be read", logs: [], durationMs };
    }
    const said: Static<typeof InvocationAnswer> = answer;
    return "error" in said ? { status: "failed", ...said, durationMs } : { status: "succeeded", ...said, durationMs };
  }
  const error = result.kind === "gone" ? "HTTP 410" : result.error;
  if (result.kind === "retry" && attempts < ATTEMPTS_MAX) return { status: "again", error, afterMs: RETRY_MS * attempts };
  return { status: "failed", error, logs: [], durationMs };
}

/** A receiver may answer anything: what is no JSON is taken as text. */
function parseAnswer(text: string): unknown {
  const bounded = text.slice(0, OUTPUT_MAX_CHARACTERS);
  try {
    return JSON.parse(bounded);
  } catch {
    return bounded;
  }
}
