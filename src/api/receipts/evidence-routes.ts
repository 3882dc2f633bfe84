import { type Static, Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import { evidenceHash } from "../../domain/evidence.js";
import { postingKind } from "../../domain/posting.js";
import type { BankEvidenceView } from "../../domain/settlement.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { BankSchema, problems, TransferParamsSchema } from "../http/schemas.js";
import { findTransfer } from "../transfers/find-transfer.js";

const EvidenceSchema = Type.Object({
  transfer: Type.String(),
  evidence: Type.Array(
    Type.Object({
      bank: BankSchema,
      leg: Type.Enum(["debit", "credit", "refund"]),
      status: Type.Enum(["posted", "refused"]),
      receipt: Type.String({ description: "Canonical JSON (RFC 8785), as it was hashed." }),
      hash: Type.String({ description: "SHA-256 of the receipt: what the chain has as evidence." }),
      picture: Type.Optional(
        Type.Object({
          digest: Type.String({ description: "SHA-256 of the picture; the receipt holds it." }),
          mediaType: Type.String(),
          size: Type.Integer({ description: "In bytes." }),
          link: Type.String({ format: "uri-reference" }),
        }),
      ),
    }),
  ),
  statements: Type.Array(
    Type.Object({
      content: Type.String({ description: "Canonical JSON (RFC 8785), as it was hashed." }),
      hash: Type.String({ description: "SHA-256 of the content: what the chain has as evidence, if it was confirmed." }),
      proposer: Type.String({ description: "The principal that proposed the outcome." }),
      at: Type.String({ format: "date-time" }),
    }),
    { description: "Statements of people of a bank who proposed an outcome while the transfer was suspended." },
  ),
});

const PictureParamsSchema = Type.Object({
  id: TransferParamsSchema.properties.id,
  digest: Type.String({ description: "64 hex digits." }),
});

const DIGEST_PATTERN = /^[0-9a-f]{64}$/;

/** `GET /v1/transfers/{id}/evidence`, and its pictures: what banks without an API have shown, and what banks' people have stated. For operators. */
export function addEvidenceRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  const onRequest = [requireScope(deps, "transfers:read-any"), rules.meter];
  const common = { tags: ["transfers"], security: [{ bearer: [] }] };

  app.get(
    "/v1/transfers/:id/evidence",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Read what banks without an API have shown of a transfer, and what banks' people have stated",
        description:
          "Receipts, and pictures of the bank's pages with account numbers covered. Other banks keep their receipts themselves.",
        operationId: "listTransferEvidence",
        params: TransferParamsSchema,
        response: { 200: EvidenceSchema, ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const { id } = request.params;
      await findTransfer(deps, principalOf(request), id);
      request.transferId = id;
      const [shown, stated] = await Promise.all([deps.evidence.list(id), deps.statements.list(id)]);
      return {
        transfer: id,
        evidence: shown.map((one) => evidenceResource(id, one)),
        statements: stated.map(({ content, hash, proposer, at }) => ({ content, hash, proposer, at: at.toISOString() })),
      };
    },
  );

  app.get(
    "/v1/transfers/:id/evidence/:digest",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Read a picture of what a bank has shown",
        operationId: "getTransferEvidencePicture",
        params: PictureParamsSchema,
        response: {
          200: {
            description: "The picture",
            content: { "image/png": { schema: Type.Unsafe<Buffer>({ type: "string", format: "binary" }) } },
          },
          ...problems(401, 403, 404, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const { id, digest } = request.params;
      await findTransfer(deps, principalOf(request), id);
      request.transferId = id;
      const found = DIGEST_PATTERN.test(digest) ? await deps.evidence.find(id, digest) : undefined;
      if (found === undefined) throw new AppError("not-found", "The transfer has no such picture.");
      return reply.type(found.mediaType).send(found.content);
    },
  );
}

function evidenceResource(id: string, { bank, reference, status, receipt, picture }: BankEvidenceView): EvidenceResource {
  return {
    bank,
    leg: postingKind(reference),
    status,
    receipt,
    hash: evidenceHash(receipt),
    ...(picture !== undefined && { picture: { ...picture, link: `/v1/transfers/${id}/evidence/${picture.digest}` } }),
  };
}

/** A transfer's evidence: pictures of banks without an API, and statements of banks' people. */
export type TransferEvidenceResource = Static<typeof EvidenceSchema>;

type EvidenceResource = TransferEvidenceResource["evidence"][number];
