import { AppError } from "../../domain/app-error.js";
import { readStatement } from "../../domain/outcome-statement.js";
import type { Principal } from "../../domain/principal.js";
import type { StatementView } from "../../domain/settlement.js";
import type { TransferView } from "../../domain/transfer-record.js";
import { mover, negativeOutcome, openLeg, STATES, type State } from "../../domain/transfer-state.js";
import type { ApiDeps } from "../deps.js";
import { transferResource } from "../transfers/resource.js";
import type { SuspendedTransferResource } from "./schemas.js";

const ID_PATTERN = /^0x[0-9a-f]{64}$/;
const SEES_ALL: readonly string[] = ["transfers:resolve", "transfers:read-any"];

/**
 * The bank whose transfers alone the caller sees; `undefined` for arbiters and operators, who see all.
 * @throws AppError `forbidden` where a person's key belongs to no bank
 */
export async function visibleBank(deps: ApiDeps, { id, scopes }: Principal): Promise<string | undefined> {
  if (scopes.some((scope) => SEES_ALL.includes(scope))) return undefined;
  const bank = await deps.outcomes.bankOf(id);
  if (bank === undefined) {
    throw new AppError("forbidden", "This service holds no key of this principal that reports outcomes for a bank.");
  }
  return bank;
}

/** @throws AppError `not-found` for a transfer that is not suspended, or that the caller does not see */
export async function findSuspended(deps: ApiDeps, principal: Principal, id: string): Promise<TransferView> {
  const bank = await visibleBank(deps, principal);
  const view = ID_PATTERN.test(id) ? await deps.transfers.find(id) : undefined;
  const isVisible = bank === undefined || view?.payerBank === bank || view?.payeeBank === bank;
  if (view?.state !== "SUSPENDED" || !isVisible) throw new AppError("not-found", "There is no such suspended transfer.");
  return view;
}

/** The bank of the leg that a suspended transfer waits for. */
export function openLegBank({ suspendedFrom, payerBank, payeeBank }: TransferView): string {
  return openLeg(suspendedFrom ?? "NONE") === "PAYEE" ? payeeBank : payerBank;
}

/** The transfers with what arbiters and the banks' people have proposed for them, in the order given. */
export async function suspendedResources(deps: ApiDeps, views: readonly TransferView[]): Promise<SuspendedTransferResource[]> {
  if (views.length === 0) return [];
  const ids = views.map(({ id }) => id);
  const [proposals, outcomes, banks] = await Promise.all([
    deps.resolutions.read(ids),
    deps.outcomes.read(ids),
    deps.banks.list(),
  ]);
  const hashes = outcomes.flatMap((outcome) => (outcome === undefined ? [] : [outcome.evidence]));
  const statements = new Map((await deps.statements.find(hashes)).map((statement) => [statement.hash, statement]));
  const active = new Set(banks.filter((bank) => bank.active).map(({ bank }) => bank));
  return views.map((view, index) => {
    const [proposal, outcome] = [proposals[index], outcomes[index]];
    return {
      ...transferResource({ view }),
      openLegBank: openLegBank(view),
      allowed: allowed(view, active),
      allowedOutcomes: allowedOutcomes(view),
      ...(proposal && {
        proposal: { to: proposal.to, by: proposal.by, ...(proposal.reason !== undefined && { reason: proposal.reason }) },
      }),
      ...(outcome && { outcomeProposal: outcomeResource(outcome, statements.get(outcome.evidence)) }),
    };
  });
}

function outcomeResource(
  { to, reason, evidence, by }: NonNullable<Awaited<ReturnType<ApiDeps["outcomes"]["read"]>>[number]>,
  kept: StatementView | undefined,
): NonNullable<SuspendedTransferResource["outcomeProposal"]> {
  const statement = kept && readStatement(kept.content, evidence);
  return {
    ...{ to, evidence, by },
    ...(reason !== undefined && { reason }),
    ...(statement && { note: statement.note }),
    ...(statement?.bankReference !== undefined && { bankReference: statement.bankReference }),
  };
}

/** As the contract has it: back to where it was suspended from; the negative outcome only where the open leg's bank is gone. */
function allowed(view: TransferView, active: ReadonlySet<string>): State[] {
  const { suspendedFrom } = view;
  if (suspendedFrom === undefined) return [];
  const negative = negativeOutcome(suspendedFrom);
  return negative === undefined || active.has(openLegBank(view)) ? [suspendedFrom] : [suspendedFrom, negative];
}

/** The outcomes that the open leg's bank could report itself. */
function allowedOutcomes({ suspendedFrom }: TransferView): State[] {
  if (suspendedFrom === undefined) return [];
  return STATES.filter((to) => to !== "SUSPENDED" && mover(suspendedFrom, to) !== "NONE");
}
