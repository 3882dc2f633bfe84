import { type Static, Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import { isOneLine } from "../../domain/one-line.js";
import { readStatement, writeStatement } from "../../domain/outcome-statement.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { problems, TransferParamsSchema } from "../http/schemas.js";
import { findSuspended, openLegBank } from "./resource.js";
import { OutcomeBodySchema, OutcomeConfirmationBodySchema, OutcomeSchema } from "./schemas.js";

/**
 * `/v1/suspended-transfers/{id}/outcome`: two people of the open leg's bank report the outcome of the leg, one proposing with a statement
 * and another confirming exactly that. Which principal signs with which person's key is configured.
 */
export function addOutcomeRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  const onRequest = [requireScope(deps, "transfers:report-outcome"), rules.meter];
  const common = { tags: ["suspended transfers"], security: [{ bearer: [] }], params: TransferParamsSchema };

  app.post(
    "/v1/suspended-transfers/:id/outcome",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Propose, as a person of the open leg's bank, the outcome of that leg",
        description:
          "The statement is kept here, and its hash is the evidence on the chain. From the proposal on, the bank's function closes the leg's posting names at the bank.",
        operationId: "proposeOutcome",
        body: OutcomeBodySchema,
        response: { 201: OutcomeSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 429, 500, 503) },
      },
    },
    async (request, reply) => reply.code(201).send(await propose(deps, request)),
  );

  app.post(
    "/v1/suspended-transfers/:id/outcome/confirmation",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Confirm, as another person of the same bank, the proposed outcome: the transfer moves on",
        operationId: "confirmOutcome",
        body: OutcomeConfirmationBodySchema,
        response: { 200: OutcomeSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 429, 500, 503) },
      },
    },
    async (request) => await confirm(deps, request),
  );

  app.delete(
    "/v1/suspended-transfers/:id/outcome",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Withdraw, as any person of the open leg's bank, the proposed outcome",
        operationId: "withdrawOutcome",
        response: {
          204: Type.Null({ description: "No outcome is proposed any more" }),
          ...problems(401, 403, 404, 409, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { id } = await findSuspended(deps, principal, request.params.id);
      request.transferId = id;
      await deps.outcomes.write(principal.id, { method: "withdraw", transferId: id });
      return reply.code(204).send(null);
    },
  );
}

type Request<Body> = Parameters<typeof principalOf>[0] & { params: { id: string }; body: Body };

async function propose(deps: ApiDeps, request: Request<Static<typeof OutcomeBodySchema>>) {
  const { to, reason, note, bankReference } = request.body;
  if (![note, bankReference ?? ""].every(isOneLine)) {
    throw new AppError("invalid-request", "Note and bank reference are one line each, without control and format characters.");
  }
  const principal = principalOf(request);
  const view = await findSuspended(deps, principal, request.params.id);
  const { id } = view;
  request.transferId = id;
  const statement = { transfer: id, bank: openLegBank(view), outcome: to, reason, note, bankReference };
  const { content, hash } = writeStatement(statement);
  // First of all: a hash on the chain whose statement is lost is evidence of nothing.
  await deps.statements.keep({ hash, transferId: id, content, proposer: principal.id });
  const what = { method: "propose", transferId: id, to, reason, evidence: hash } as const;
  const { transactionHash } = await deps.outcomes.write(principal.id, what).catch(async (error: unknown) => {
    // A write that is not mined yet can still be; every other error means that the chain has not taken it.
    if (error instanceof AppError && error.code !== "chain-unavailable") await deps.statements.forget(hash);
    throw error;
  });
  return { transfer: id, to, ...(reason !== undefined && { reason }), evidence: hash, transactionHash };
}

async function confirm(deps: ApiDeps, request: Request<Static<typeof OutcomeConfirmationBodySchema>>) {
  const { to, evidence } = request.body;
  const principal = principalOf(request);
  const { id } = await findSuspended(deps, principal, request.params.id);
  request.transferId = id;
  const [kept] = await deps.statements.find([evidence]);
  const statement = kept && readStatement(kept.content, evidence);
  if (statement?.transfer !== id || statement.outcome !== to) {
    throw new AppError(
      "conflict",
      "There is no statement with this hash of this outcome; read the transfer, or withdraw the proposal and propose again.",
    );
  }
  const { reason } = statement;
  const what = { method: "confirm", transferId: id, to, reason, evidence } as const;
  const { transactionHash } = await deps.outcomes.write(principal.id, what);
  return { transfer: id, to, ...(reason !== undefined && { reason }), evidence, transactionHash };
}
