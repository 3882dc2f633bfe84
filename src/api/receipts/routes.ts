import { Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import { acceptsByName } from "../../domain/media-type.js";
import { SignedReceiptSchema } from "../../receipts/receipt.js";
import type { ReceiptSigner } from "../../receipts/receipt-signer.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { problems, TransferParamsSchema } from "../http/schemas.js";
import { findTransfer } from "../transfers/find-transfer.js";
import { buildReceipt } from "./build-receipt.js";

const PDF = "application/pdf";
const KEYS_CACHE_SECONDS = 300;

const JwksSchema = Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) });

/** `GET /v1/transfers/{id}/receipt`, and the keys that it is signed with. */
export function addReceiptRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  app.get(
    "/v1/transfers/:id/receipt",
    {
      onRequest: [requireScope(deps, "transfers:read", "transfers:read-any"), rules.meter],
      schema: {
        summary: "Read the signed receipt of a completed transfer, or print it",
        description: `As JSON with a signature (JWS, EdDSA; its keys are at /.well-known/jwks.json), or as \`${PDF}\` by \`Accept\`, with the JSON attached.`,
        operationId: "getTransferReceipt",
        tags: ["transfers"],
        security: [{ bearer: [] }],
        params: TransferParamsSchema,
        response: {
          200: {
            description: "The receipt",
            content: {
              "application/json": { schema: SignedReceiptSchema },
              [PDF]: { schema: Type.Unsafe<Buffer>({ type: "string", format: "binary" }) },
            },
          },
          ...problems(401, 403, 404, 409, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const known = await findTransfer(deps, principalOf(request), id);
      request.transferId = id;
      const signed = await signerOf(deps).sign(await buildReceipt(deps, known));
      reply.header("vary", "accept");
      if (!acceptsByName(request.headers.accept, PDF)) return reply.type("application/json").send(signed);
      // Loaded here, because no other request needs some hundred files of fonts and pictures.
      const { writeReceiptPdf } = await import("./pdf.js");
      const pdf = await writeReceiptPdf(signed);
      return reply
        .type(PDF)
        .header("content-disposition", `inline; filename="receipt-${id.slice(0, 10)}.pdf"`)
        .send(pdf);
    },
  );

  app.get(
    "/.well-known/jwks.json",
    {
      schema: {
        summary: "The public keys of receipts (RFC 7517)",
        operationId: "getReceiptKeys",
        tags: ["transfers"],
        security: [],
        response: { 200: JwksSchema, ...problems(404, 429) },
      },
    },
    async (_request, reply) =>
      reply.header("cache-control", `public, max-age=${KEYS_CACHE_SECONDS}`).send({ keys: [...signerOf(deps).keys] }),
  );
}

function signerOf({ receiptSigner }: Pick<ApiDeps, "receiptSigner">): ReceiptSigner {
  if (receiptSigner !== undefined) return receiptSigner;
  throw new AppError("not-found", "This deployment signs no receipts; its operator can set RECEIPT_SIGNING_KEY.");
}
