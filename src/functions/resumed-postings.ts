import {
  type ExpectedPosting,
  type PostingKind,
  type PostingOutcome,
  postingReference,
  postingReferences,
} from "../domain/posting.js";
import type { LegBank, Reported } from "./leg.js";

/** TimeoutInstructedAgent (ISO 20022): the reason of a refusal made by closing a name that a resumption leaves behind. */
const LEFT_BEHIND_REASON = "AB06";

/**
 * Narrative (ISO 20022): the reason of a refusal made by closing a name because a person of the bank has proposed the leg's outcome. Such a
 * refusal is no answer of the bank's to the posting, so it is never reported as one.
 */
const PROPOSED_REASON = "NARR";

/** The terms that a leg's posting is expected to have. */
type LegPosting = ExpectedPosting & { kind: PostingKind };

/**
 * Closes every name that a leg's posting had before the newest resumption, so that none of them can be posted any more.
 *
 * @returns The answer of the name that was posted after all; the leg is then done, and the newest name stays unused.
 * @throws AppError of the bank: the names are not all closed yet.
 */
export async function closeEarlierNames(
  bank: LegBank,
  { id, resumptions }: Reported,
  expected: LegPosting,
): Promise<PostingOutcome | undefined> {
  for (const reference of postingReferences(id, expected.kind, resumptions).slice(0, -1)) {
    const outcome = await bank.close(reference, LEFT_BEHIND_REASON, expected);
    if (outcome.status === "posted") return outcome;
  }
  return undefined;
}

/** The name under which a transfer's leg was posted; its first name where the bank knows no posting under any. */
export async function postedReference(bank: LegBank, { id, resumptions }: Reported, expected: LegPosting): Promise<string> {
  const first = postingReference(id, expected.kind);
  // Without a resumption there is one name, and the bank itself looks for the posting.
  if (resumptions === 0) return first;
  for (const reference of postingReferences(id, expected.kind, resumptions).reverse()) {
    if ((await bank.find(reference, expected))?.status === "posted") return reference;
  }
  return first;
}

/**
 * The bank's answer for the leg of a suspended transfer, as far as the function may report it.
 *
 * While a person of the bank proposes the outcome, every name is closed: a posting that arrives later can no longer contradict the report
 * of the two people. A posting that was made counts all the same.
 */
export async function findSuspendedOutcome(
  bank: LegBank,
  { id, resumptions }: Reported,
  { isOutcomeProposed, ...expected }: LegPosting & { isOutcomeProposed: boolean },
): Promise<PostingOutcome | undefined> {
  const names = postingReferences(id, expected.kind, resumptions).reverse();
  let newest: PostingOutcome | undefined;
  for (const [age, reference] of names.entries()) {
    const outcome = isOutcomeProposed
      ? await bank.close(reference, PROPOSED_REASON, expected)
      : await bank.find(reference, expected);
    if (outcome?.status === "posted") return outcome;
    if (age === 0) newest = outcome;
  }
  // An earlier name's refusal says nothing of the newest name.
  return newest?.status === "refused" && newest.reason !== PROPOSED_REASON && !isOutcomeProposed ? newest : undefined;
}
