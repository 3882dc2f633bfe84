import { AppError } from "../../domain/app-error.js";
import { aliasId, parseBankId } from "../../domain/ids.js";
import { parsePhone } from "../../domain/phone.js";
import { parseAccount, sealAccount } from "../../domain/sealed-account.js";
import { mayActFor, principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { PhoneAccountBodySchema, PhoneAccountSchema, PhoneParamsSchema, problems } from "../http/schemas.js";
import type { MissBudget } from "./lookup-throttle.js";

/** `POST /v1/phone-accounts`, `GET /v1/phone-accounts/{phone}`. */
export function addPhoneAccountRoutes(
  app: ApiInstance,
  deps: ApiDeps,
  meters: { meter: Meter; lookupMeter: Meter; misses: MissBudget },
): void {
  app.post(
    "/v1/phone-accounts",
    {
      onRequest: [requireScope(deps, "accounts:write"), meters.meter],
      schema: {
        summary: "Register a phone number for an account",
        operationId: "registerPhoneAccount",
        tags: ["phone accounts"],
        security: [{ bearer: [] }],
        body: PhoneAccountBodySchema,
        response: { 201: PhoneAccountSchema, ...problems(400, 401, 403, 409, 413, 415, 422, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const phone = parsePhone(request.body.phone, deps.phoneTypes);
      const bank = parseBankId(request.body.bank);
      const account = parseAccount(request.body.account);
      if (!mayActFor(principalOf(request), bank) || !deps.banks.operates(bank)) {
        throw new AppError("forbidden", `Numbers of the bank ${bank} are not registered with this API key here.`);
      }
      const recipient = await deps.banks.sealingRecipient(bank);
      if (recipient === undefined) throw new AppError("conflict", `The bank ${bank} takes no part any more.`);
      const alias = aliasId(deps.aliasKey, phone);
      await checkUnheld(deps, meters.misses, { principal: principalOf(request).id, alias, bank });
      const sealed = await sealAccount(deps.sealer, recipient, { aliasId: alias, bank, account });
      const { version, transactionHash } = await deps.accounts.register(bank, alias, sealed);
      return reply.code(201).send({ phone, bank, version, transactionHash });
    },
  );

  app.get(
    "/v1/phone-accounts/:phone",
    {
      // Phone numbers are few enough to try them all; the meter is what makes it take years.
      onRequest: [requireScope(deps, "accounts:read"), meters.lookupMeter],
      schema: {
        summary: "Look up which bank a phone number is registered at",
        operationId: "getPhoneAccount",
        tags: ["phone accounts"],
        security: [{ bearer: [] }],
        params: PhoneParamsSchema,
        response: { 200: PhoneAccountSchema, ...problems(401, 403, 404, 422, 429, 500, 503) },
      },
    },
    async (request) => {
      const phone = parsePhone(request.params.phone, deps.phoneTypes);
      const { id } = principalOf(request);
      meters.misses.check(id);
      const [entry] = await deps.accounts.lookup([aliasId(deps.aliasKey, phone)]);
      meters.misses.record(id, entry === undefined);
      if (entry === undefined) throw new AppError("not-found", "The phone number is not registered.");
      return { phone, bank: entry.bank, version: entry.version };
    },
  );
}

/**
 * Refuses to register a number that is held. Registering a bank's own customers costs nothing, however many they are: only the answer that
 * another bank holds a number costs a miss.
 */
async function checkUnheld(
  deps: Pick<ApiDeps, "accounts">,
  misses: MissBudget,
  { principal, alias, bank }: { principal: string; alias: string; bank: string },
): Promise<void> {
  misses.check(principal);
  const [holder] = await deps.accounts.lookup([alias]);
  misses.record(principal, holder !== undefined && holder.bank !== bank);
  if (holder !== undefined)
    throw new AppError("conflict", "The number is registered already; it moves to another bank by a claim.");
}
