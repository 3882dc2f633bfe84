import { isPostingKind, type PostingKind, postingReference, postingReferences } from "./posting.js";

/** One posting as a bank's statement has it. `amountMinor` in minor units, positive; `bookedAt` RFC 3339, UTC. */
export interface StatementLine {
  postingId: string;
  reference: string;
  kind: PostingKind;
  amountMinor: bigint;
  currency: string;
  bookedAt: string;
}

/** A transfer as the chain has it, as far as postings are concerned. `state`: for a suspended one, the state it was suspended from. */
export interface SettledTransfer {
  id: string;
  state: string;
  payerBank: string;
  payeeBank: string;
  currency: string;
  amountMinor: bigint;
  /** How often it was resumed: so many names more each of its postings can have. */
  resumptions: number;
}

/** How chain and bank stand to each other about one posting. */
export const VERDICTS = ["agreed", "underway", "missing", "doubled", "amount", "unexplained"] as const;

export type Verdict = (typeof VERDICTS)[number];

/**
 * - `chainMinor`, `bankMinor`: what each says has moved, in minor units; absent where it says nothing.
 * - `reference`: the name that the bank has it under; the first name where it has it under none.
 * - `postings`: how often the bank has it, under all its names.
 */
export interface Finding {
  verdict: Verdict;
  reference: string;
  currency: string;
  chainMinor?: bigint;
  bankMinor?: bigint;
  postings: number;
}

/** In which states a leg's money has moved, and in which it may have, because the bank posts before the chain is told. */
const MOVED: Record<PostingKind, { done: readonly string[]; underway: string }> = {
  debit: { done: ["PENDING", "COMPLETED", "REVERSING", "REVERSED"], underway: "STARTED" },
  credit: { done: ["COMPLETED"], underway: "PENDING" },
  refund: { done: ["REVERSED"], underway: "REVERSING" },
};

/** Differences: what people must look at. */
export function isDifference({ verdict }: Finding): boolean {
  return verdict !== "agreed" && verdict !== "underway";
}

/**
 * Compares what the chain says a bank has posted with the bank's statement.
 *
 * @param due The names of each posting that the chain says was made; one of them is looked for among the lines.
 * @param lines The bank's postings: those of the day, and those of other days that are due.
 * @param since When the chain's first transfer can have been started: what the bank booked before for transfers that this chain does not
 * know was for another chain, and is left out.
 */
export function compareStatement(
  bank: string,
  transfers: ReadonlyMap<string, SettledTransfer>,
  due: readonly (readonly string[])[],
  lines: readonly StatementLine[],
  since: Date | undefined,
): Finding[] {
  const isOfChain = ({ reference, bookedAt }: StatementLine) =>
    since === undefined || transfers.has(reference.split(":")[0] ?? "") || Date.parse(bookedAt) >= since.getTime();
  const byName = Map.groupBy(lines.filter(isOfChain), ({ reference }) => firstName(transfers, reference));
  const names = [...new Set([...due.flatMap(([first = ""]) => first), ...byName.keys()])].sort();
  return names.map((name) => judge(bank, transfers, name, byName.get(name) ?? []));
}

/** The first name of the posting that a reference is a name of; the reference itself where it is none of a known transfer's. */
function firstName(transfers: ReadonlyMap<string, SettledTransfer>, reference: string): string {
  const [transferId = "", kind] = reference.split(":");
  const transfer = transfers.get(transferId);
  if (transfer === undefined || !isPostingKind(kind)) return reference;
  const names = postingReferences(transferId, kind, transfer.resumptions);
  return names.includes(reference) ? postingReference(transferId, kind) : reference;
}

function judge(
  bank: string,
  transfers: ReadonlyMap<string, SettledTransfer>,
  name: string,
  lines: readonly StatementLine[],
): Finding {
  const [transferId = "", kind = ""] = name.split(":");
  const transfer = transfers.get(transferId);
  const claim =
    transfer && isPostingKind(kind) && name === postingReference(transferId, kind) ? claimOf(bank, transfer, kind) : "none";
  const [line] = lines;
  const finding = {
    reference: line?.reference ?? name,
    currency: line?.currency ?? transfer?.currency ?? "",
    postings: lines.length,
    ...(transfer !== undefined && claim !== "none" && { chainMinor: transfer.amountMinor }),
    ...(line !== undefined && { bankMinor: lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n) }),
  };
  return { verdict: verdictOf(transfer, claim, lines, kind), ...finding };
}

function verdictOf(
  transfer: SettledTransfer | undefined,
  claim: "done" | "underway" | "none",
  lines: readonly StatementLine[],
  kind: string,
): Verdict {
  const [line] = lines;
  if (line === undefined) return claim === "done" ? "missing" : "underway";
  if (transfer === undefined || claim === "none" || line.kind !== kind) return "unexplained";
  if (lines.length > 1) return "doubled";
  if (line.amountMinor !== transfer.amountMinor || line.currency !== transfer.currency) return "amount";
  return claim === "done" ? "agreed" : "underway";
}

function claimOf(bank: string, transfer: SettledTransfer, kind: PostingKind): "done" | "underway" | "none" {
  const own = kind === "credit" ? transfer.payeeBank : transfer.payerBank;
  if (own !== bank) return "none";
  if (MOVED[kind].done.includes(transfer.state)) return "done";
  return MOVED[kind].underway === transfer.state ? "underway" : "none";
}
