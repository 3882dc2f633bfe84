import { AppError } from "../../domain/app-error.js";
import { sealDetails } from "../../domain/details.js";
import { aliasId, deriveTransferId, requestHashOf } from "../../domain/ids.js";
import type { Principal } from "../../domain/principal.js";
import type { SealingRecipient } from "../../domain/sealing.js";
import type { JournalEntry } from "../../domain/transfer-record.js";
import { mayActFor } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { TransferBody } from "../http/schemas.js";
import type { MissBudget } from "../phone-accounts/lookup-throttle.js";
import { readTransfer } from "./find-transfer.js";
import { hashFields, parseTransferRequest, type TransferRequest } from "./request.js";
import type { KnownTransfer } from "./resource.js";

/** Where a transfer's deadline may lie, in seconds from now; the default for a request without one. */
export interface DeadlineLimits {
  defaultSeconds: number;
}

// It takes a block or two until the chain sees a start, and it refuses one whose deadline has passed.
const DEADLINE_MIN_SECONDS = 10;
// The contract's limit, less an hour for clocks that differ from the chain's.
const DEADLINE_MAX_SECONDS = 30 * 86_400 - 3_600;

const NOT_REGISTERED = "A phone number is not registered, or the API key may not send for the payer.";

/** Records whether a look-up of the numbers missed. */
type RecordLookup = (isMiss: boolean) => void;

interface Prepared {
  id: string;
  requestHash: string;
  request: TransferRequest;
  fieldHashes: JournalEntry["fieldHashes"];
}

interface Party {
  aliasId: string;
  aliasVersion: number;
  recipient: SealingRecipient;
}

/**
 * Accepts a start: durable when it resolves, on the chain later. The same request under the same key finds its transfer whatever is the
 * matter with it by now: a number that has moved, a deadline that has passed.
 *
 * @throws AppError of `parseTransferRequest`; `idempotency-key-reused`, `not-found`, `invalid-transfer`, `too-many-requests`
 */
export async function startTransfer(
  deps: ApiDeps,
  rules: { misses: MissBudget; deadlines: DeadlineLimits },
  by: { principal: Principal; idempotencyKey: string },
  body: TransferBody,
): Promise<{ known: KnownTransfer; replayed: boolean }> {
  const request = parseTransferRequest(body, deps.phoneTypes);
  const { domain, organisation } = deps.network;
  const requestHash = requestHashOf({ principal: by.principal.id, idempotencyKey: by.idempotencyKey });
  const id = deriveTransferId({ domain, organisation, requestHash });
  const fieldHashes = hashFields(deps.fieldKey, id, request);
  const earlier = await replayEarlier(deps, requestHash, request);
  if (earlier !== undefined) return earlier;

  let giveBack: () => void = () => undefined;
  const record: RecordLookup = (isMiss) => {
    giveBack = rules.misses.record(by.principal.id, isMiss);
  };
  const prepared = await prepareEntry(deps, { ...rules, record }, by.principal, { id, requestHash, request, fieldHashes });
  // Most requests are new: the journal itself tells of one that is not.
  if (!(prepared instanceof AppError) && (await deps.journal.insert(prepared))) {
    deps.starter.wake(prepared, true);
    return { known: { entry: prepared }, replayed: false };
  }
  const known = await readTransfer(deps, id);
  if (known !== undefined) {
    // The numbers of an accepted transfer may have been released since, and its replay tells nothing of them.
    giveBack();
    return replay(deps, known, fieldHashes);
  }
  if (!(prepared instanceof AppError)) throw new Error(`The journal neither took nor holds ${id}`);
  throw prepared;
}

/** A key names its transfer for ever, also after its chain was replaced: money that moved does not move again. */
async function replayEarlier(
  deps: ApiDeps,
  requestHash: string,
  request: TransferRequest,
): Promise<{ known: KnownTransfer; replayed: true } | undefined> {
  if (deps.earlier === undefined || deps.earlier.domains.length === 0) return undefined;
  const { organisation } = deps.network;
  const ids = deps.earlier.domains.map((domain) => deriveTransferId({ domain, organisation, requestHash }));
  const found = await deps.earlier.find(ids);
  if (found?.entry === undefined) return undefined;
  const { id, domain: earlierChain, entry, view } = found;
  const known = { entry, ...(view && { view }), earlierChain };
  return replay(deps, known, hashFields(deps.fieldKey, id, request));
}

/** What the journal is to hold; or why it is not to, unless the request was accepted before. */
async function prepareEntry(
  deps: ApiDeps,
  rules: { misses: MissBudget; deadlines: DeadlineLimits; record: RecordLookup },
  principal: Principal,
  { id, requestHash, request, fieldHashes }: Prepared,
): Promise<JournalEntry | AppError> {
  try {
    const deadlineSeconds = checkDeadline(deps, rules.deadlines, request.deadlineSeconds);
    rules.misses.check(principal.id);
    const { payer, payee } = await findParties(deps, principal, request, rules.record);
    const terms = {
      transferId: id,
      payerBank: payer.recipient.bank,
      payeeBank: payee.recipient.bank,
      currencyNumeric: request.currency.numeric,
      amountMinor: request.amountMinor,
    };
    // The message is the payee's: the payer's bank has no need of it, and twice the longest would not fit the contract's limit.
    const message = request.message === undefined ? {} : { message: request.message };
    const details = await sealDetails(deps.sealer, {
      payer: { recipient: payer.recipient, details: { aliasId: payer.aliasId, aliasVersion: payer.aliasVersion } },
      payee: { recipient: payee.recipient, details: { aliasId: payee.aliasId, aliasVersion: payee.aliasVersion, ...message } },
      binding: { domain: deps.network.domain, ...terms },
    });
    const acceptedAt = new Date(deps.clock());
    const own = { requestHash, principal: principal.id, fieldHashes, acceptedAt, status: "accepted" as const };
    return { ...terms, deadlineSeconds, details, ...own };
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function replay(
  deps: ApiDeps,
  known: KnownTransfer,
  fieldHashes: JournalEntry["fieldHashes"],
): { known: KnownTransfer; replayed: true } {
  // Only the journal can tell whether the chain's transfer is the one that was asked for: its details are sealed to the banks.
  if (known.entry === undefined) {
    throw new AppError(
      "idempotency-key-reused",
      "The chain has a transfer under this key, and the journal of what was asked for was lost. Read the transfer before using a new key.",
      { details: { transfer: known.view?.id } },
    );
  }
  const field = differing(known.entry.fieldHashes, fieldHashes);
  if (field !== undefined) {
    throw new AppError("idempotency-key-reused", `Another request was made under this key; ${field} differs. Use a new key.`, {
      details: { field },
    });
  }
  // Should the first answer's wake-up have been lost with its process, this one does.
  if (known.entry.status === "accepted" && known.view === undefined && known.earlierChain === undefined)
    deps.starter.wake(known.entry, false);
  return { known, replayed: true };
}

function differing(stored: Record<string, string>, given: Record<string, string>): string | undefined {
  return Object.keys(given).find((pointer) => stored[pointer] !== given[pointer]);
}

function checkDeadline(deps: ApiDeps, limits: DeadlineLimits, requestedSeconds: number | undefined): number {
  const nowSeconds = Math.floor(deps.clock() / 1000);
  if (requestedSeconds === undefined) return nowSeconds + limits.defaultSeconds;
  if (requestedSeconds < nowSeconds + DEADLINE_MIN_SECONDS || requestedSeconds > nowSeconds + DEADLINE_MAX_SECONDS) {
    throw new AppError("invalid-transfer", `A deadline lies from ${DEADLINE_MIN_SECONDS} seconds to 30 days ahead.`);
  }
  return requestedSeconds;
}

async function findParties(
  deps: ApiDeps,
  principal: Principal,
  request: TransferRequest,
  record: RecordLookup,
): Promise<{ payer: Party; payee: Party }> {
  const payerAlias = aliasId(deps.aliasKey, request.payerPhone);
  const payeeAlias = aliasId(deps.aliasKey, request.payeePhone);
  const [payer, payee] = await deps.accounts.lookup([payerAlias, payeeAlias]);
  // One answer for all: whoever may not send for a number shall not learn whether it is registered.
  const isMiss = payer === undefined || payee === undefined || !mayActFor(principal, payerAlias, payer.bank);
  record(isMiss);
  if (isMiss) {
    throw new AppError("not-found", NOT_REGISTERED);
  }
  const [payerRecipient, payeeRecipient] = await Promise.all([recipientOf(deps, payer.bank), recipientOf(deps, payee.bank)]);
  return {
    payer: { aliasId: payerAlias, aliasVersion: payer.version, recipient: payerRecipient },
    payee: { aliasId: payeeAlias, aliasVersion: payee.version, recipient: payeeRecipient },
  };
}

async function recipientOf(deps: ApiDeps, bank: string): Promise<SealingRecipient> {
  const recipient = await deps.banks.sealingRecipient(bank);
  if (recipient === undefined) throw new AppError("invalid-transfer", `The bank ${bank} takes no part in transfers any more.`);
  return recipient;
}
