import { AppError } from "../../domain/app-error.js";
import type { BankApp } from "./bank-app.js";
import type { BankFaults, FaultTarget } from "./bank-faults.js";
import {
  CloseBody,
  OutcomeReply,
  OutcomesReply,
  outcomeJson,
  PostingsBody,
  ReferenceParams,
  toLedgerPosting,
} from "./bank-schemas.js";
import type { GroupCommit } from "./group-commit.js";
import type { Ledger } from "./ledger.js";

/** Posting, finding and closing: what a connector needs of a bank. */
export function addPostingRoutes(
  app: BankApp,
  { ledger, groupCommit, faults }: { ledger: Ledger; groupCommit: GroupCommit; faults: BankFaults },
): void {
  app.post("/v1/postings", { schema: { body: PostingsBody, response: { 200: OutcomesReply } } }, async ({ body }, reply) => {
    const postings = body.postings.map(toLedgerPosting);
    const target: FaultTarget = { operation: "post", touches: (kind) => postings.some((posting) => posting.kind === kind) };
    return faults.around(target, reply, async () => ({ outcomes: (await groupCommit.post(postings)).map(outcomeJson) }));
  });

  const find = { schema: { params: ReferenceParams, response: { 200: OutcomeReply } } };
  app.get("/v1/postings/:reference", find, async ({ params: { reference } }, reply) =>
    faults.around(legTarget("find", reference), reply, () => {
      const outcome = ledger.find(reference);
      const isDenied = outcome?.status === "posted" && faults.denies();
      if (outcome === undefined || isDenied) throw new AppError("not-found", "The bank has given no answer to this reference");
      return outcomeJson(outcome);
    }),
  );

  const close = { schema: { params: ReferenceParams, body: CloseBody, response: { 200: OutcomeReply } } };
  app.post("/v1/postings/:reference/close", close, async ({ params: { reference }, body: { reason } }, reply) =>
    faults.around(legTarget("close", reference), reply, () => outcomeJson(ledger.close(reference, reason))),
  );
}

function legTarget(operation: FaultTarget["operation"], reference: string): FaultTarget {
  return { operation, touches: (kind) => reference.endsWith(`:${kind}`) };
}
