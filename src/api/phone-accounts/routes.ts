import type { onRequestAsyncHookHandler } from "fastify";
import { Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import { aliasId, parseBankId } from "../../domain/ids.js";
import { parsePhone } from "../../domain/phone.js";
import type { Principal } from "../../domain/principal.js";
import { parseAccount, sealAccount } from "../../domain/sealed-account.js";
import { mayActFor, principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import {
  AccountSchema,
  BankSchema,
  closed,
  PhoneAccountSchema,
  PhoneParamsSchema,
  PhoneSchema,
  problems,
  TIME,
} from "../http/schemas.js";
import type { MissBudget } from "./lookup-throttle.js";

const ClaimSchema = Type.Object({
  phone: PhoneSchema,
  bank: Type.String({ ...BankSchema, description: "The bank that asks for the number." }),
  lapsesAt: Type.String({ ...TIME, description: "From then on the claim is void, unless it was granted." }),
});
const UpdateBodySchema = Type.Object({ account: AccountSchema }, closed);
const ClaimBodySchema = Type.Object({ bank: BankSchema, account: AccountSchema }, closed);
const NO_CONTENT = Type.Null({ description: "Done" });

interface Rules {
  lookupMeter: Meter;
  misses: MissBudget;
}

/** `PUT` and `DELETE /v1/phone-accounts/{phone}`, and the claim by which a number moves to another bank. */
export function addPhoneAccountChangeRoutes(app: ApiInstance, deps: ApiDeps, { lookupMeter, misses }: Rules): void {
  const common = { tags: ["phone accounts"], security: [{ bearer: [] }], params: PhoneParamsSchema };
  // Each of these tells something of who holds a number, so that all are metered like look-ups.
  const onRequest = [requireScope(deps, "accounts:write"), lookupMeter];

  app.put(
    "/v1/phone-accounts/:phone",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Change the account behind a number",
        operationId: "updatePhoneAccount",
        body: UpdateBodySchema,
        response: { 200: PhoneAccountSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503) },
      },
    },
    async (request) => {
      const { phone, alias, bank } = await heldNumber(deps, misses, principalOf(request), request.params.phone);
      const sealedAccount = await seal(deps, bank, alias, request.body.account);
      const written = await deps.accounts.write(bank, { method: "update", aliasId: alias, sealedAccount });
      return { phone, bank, version: written.version ?? 0, transactionHash: written.transactionHash };
    },
  );

  app.delete(
    "/v1/phone-accounts/:phone",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Give a number up; nobody holds it then",
        operationId: "releasePhoneAccount",
        response: { 204: NO_CONTENT, ...problems(401, 403, 404, 422, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const { alias, bank } = await heldNumber(deps, misses, principalOf(request), request.params.phone);
      await deps.accounts.write(bank, { method: "release", aliasId: alias });
      return reply.code(204).send(null);
    },
  );

  addClaimRoutes(app, deps, { common, onRequest, misses });
  addConfirmationRoute(app, deps, { common, onRequest, misses });
}

interface Shared {
  common: { tags: string[]; security: { bearer: string[] }[]; params: typeof PhoneParamsSchema };
  onRequest: onRequestAsyncHookHandler[];
  misses: MissBudget;
}

function addClaimRoutes(app: ApiInstance, deps: ApiDeps, { common, onRequest, misses }: Shared): void {
  app.post(
    "/v1/phone-accounts/:phone/claim",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Ask for a number that another bank holds",
        operationId: "openClaim",
        body: ClaimBodySchema,
        response: { 201: ClaimSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const phone = parsePhone(request.params.phone, deps.phoneTypes);
      const bank = parseBankId(request.body.bank);
      checkMayWrite(deps, principalOf(request), bank);
      const alias = aliasId(deps.aliasKey, phone);
      await checkHeldElsewhere(deps, misses, { principal: principalOf(request).id, alias, bank });
      const sealedAccount = await seal(deps, bank, alias, request.body.account);
      await deps.accounts.write(bank, { method: "openClaim", aliasId: alias, sealedAccount });
      return reply.code(201).send(await readClaim(deps, phone));
    },
  );

  app.get(
    "/v1/phone-accounts/:phone/claim",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Read the open claim for a number, as its holder or the bank that claims it",
        operationId: "getClaim",
        response: { 200: ClaimSchema, ...problems(401, 403, 404, 422, 429, 500, 503) },
      },
    },
    async (request) =>
      await findClaim(deps, misses, principalOf(request), request.params.phone, (principal, claim, holder) =>
        mayActFor(principal, claim, holder ?? claim),
      ),
  );

  app.delete(
    "/v1/phone-accounts/:phone/claim",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Take a claim back, as the bank that has opened it",
        operationId: "withdrawClaim",
        response: { 204: NO_CONTENT, ...problems(401, 403, 404, 422, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const { phone, bank } = await findClaim(deps, misses, principalOf(request), request.params.phone, (principal, claim) =>
        mayWrite(deps, principal, claim),
      );
      await deps.accounts.write(bank, { method: "withdrawClaim", aliasId: aliasId(deps.aliasKey, phone) });
      return reply.code(204).send(null);
    },
  );
}

function addConfirmationRoute(app: ApiInstance, deps: ApiDeps, { common, onRequest, misses }: Shared): void {
  app.post(
    "/v1/phone-accounts/:phone/claim/confirmation",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Grant the open claim, as the bank that holds the number: it moves",
        operationId: "confirmClaim",
        response: { 200: PhoneAccountSchema, ...problems(401, 403, 404, 409, 422, 429, 500, 503) },
      },
    },
    async (request) => {
      const { phone, alias, bank: holder } = await heldNumber(deps, misses, principalOf(request), request.params.phone);
      const { bank } = await readClaim(deps, phone);
      const written = await deps.accounts.write(holder, { method: "confirmClaim", aliasId: alias });
      return { phone, bank, version: written.version ?? 0, transactionHash: written.transactionHash };
    },
  );
}

/** A number that a bank holds for which both caller and deployment may act; all others are answered alike. */
async function heldNumber(deps: ApiDeps, misses: MissBudget, principal: Principal, given: string) {
  const phone = parsePhone(given, deps.phoneTypes);
  const alias = aliasId(deps.aliasKey, phone);
  misses.check(principal.id);
  const [entry] = await deps.accounts.lookup([alias]);
  const isMiss = entry === undefined || !mayWrite(deps, principal, entry.bank);
  misses.record(principal.id, isMiss);
  if (isMiss) {
    throw new AppError("not-found", "The phone number is not registered at a bank that this API key acts for here.");
  }
  return { phone, alias, bank: entry.bank };
}

function mayWrite(deps: ApiDeps, principal: Principal, bank: string): boolean {
  return mayActFor(principal, bank) && deps.banks.operates(bank);
}

function checkMayWrite(deps: ApiDeps, principal: Principal, bank: string): void {
  if (!mayWrite(deps, principal, bank)) {
    throw new AppError("forbidden", `Numbers of the bank ${bank} are not registered with this API key here.`);
  }
}

async function seal(deps: ApiDeps, bank: string, alias: string, given: string): Promise<Uint8Array> {
  const account = parseAccount(given);
  const recipient = await deps.banks.sealingRecipient(bank);
  if (recipient === undefined) throw new AppError("conflict", `The bank ${bank} takes no part any more.`);
  return await sealAccount(deps.sealer, recipient, { aliasId: alias, bank, account });
}

/** Refuses a claim for a number that no other bank holds. That nobody holds it costs a miss; that the claiming bank does, it knows itself. */
async function checkHeldElsewhere(
  deps: ApiDeps,
  misses: MissBudget,
  { principal, alias, bank }: { principal: string; alias: string; bank: string },
): Promise<void> {
  misses.check(principal);
  const [holder] = await deps.accounts.lookup([alias]);
  misses.record(principal, holder === undefined);
  if (holder === undefined || holder.bank === bank) {
    throw new AppError("conflict", "No other bank holds the number: register or update it instead.");
  }
}

/** The open claim for a number, for those that it concerns. To everybody else there is none, which costs a miss. */
async function findClaim(
  deps: ApiDeps,
  misses: MissBudget,
  principal: Principal,
  given: string,
  concerns: (principal: Principal, claimant: string, holder: string | undefined) => boolean,
) {
  const phone = parsePhone(given, deps.phoneTypes);
  misses.check(principal.id);
  const [claim, [entry]] = await Promise.all([
    deps.accounts.findClaim(aliasId(deps.aliasKey, phone)),
    deps.accounts.lookup([aliasId(deps.aliasKey, phone)]),
  ]);
  const found = claim !== undefined && concerns(principal, claim.bank, entry?.bank) ? claim : undefined;
  // A bank may ask for claims of its own customers' numbers as often as it likes.
  const isOwn = entry !== undefined && mayWrite(deps, principal, entry.bank);
  misses.record(principal.id, found === undefined && !isOwn);
  if (found === undefined) throw noClaim();
  return { phone, bank: found.bank, lapsesAt: found.lapsesAt.toISOString() };
}

async function readClaim(deps: ApiDeps, phone: string): Promise<{ phone: string; bank: string; lapsesAt: string }> {
  const claim = await deps.accounts.findClaim(aliasId(deps.aliasKey, phone));
  if (claim === undefined) throw noClaim();
  return { phone, bank: claim.bank, lapsesAt: claim.lapsesAt.toISOString() };
}

function noClaim(): AppError {
  return new AppError("not-found", "There is no open claim for the number.");
}
