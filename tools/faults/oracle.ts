import type { Told } from "../support/stream-clients.js";

/** An event of the chain, as far as whoever hears of it can tell. `id` is the CloudEvent's. */
export interface ChainFact {
  id: string;
  type: string;
}

/** I5, I6: every event was taken by whoever asked for its type, and each transfer's came in order. */
export function deliveryViolations(
  facts: readonly ChainFact[],
  heard: { taken: ReadonlySet<string>; types: readonly string[]; problems: readonly string[] },
): string[] {
  const missing = facts.filter(({ id, type }) => heard.types.includes(type) && !heard.taken.has(id));
  return [...missing.map(({ id, type }) => `deliveries: ${type} ${id} was never taken`), ...heard.problems];
}

/** I7: each key was answered with the id of one transfer, and each transfer has one key. */
export function keyViolations(promised: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const keys = Map.groupBy(
    [...promised].flatMap(([key, ids]) => [...ids].map((id) => ({ key, id }))),
    ({ id }) => id,
  );
  return [
    ...[...promised].flatMap(([key, ids]) => (ids.size === 1 ? [] : [`keys: ${key} names ${ids.size} transfers`])),
    ...[...keys].flatMap(([id, own]) => (own.length === 1 ? [] : [`keys: ${own.length} keys name ${id}`])),
  ];
}

/** The account that a number moved to has got nothing of a transfer that was asked for before. Balances in minor units. */
export function holderViolations(holders: readonly { account: string; balanceMinor: bigint }[]): string[] {
  return holders.flatMap(({ account, balanceMinor }) =>
    balanceMinor === 0n ? [] : [`holder: ${account} got ${balanceMinor} of a transfer to the number's holder before`],
  );
}

/** I8: nothing waits for a nonce that never comes. */
export function nonceViolations(pending: readonly { from: string; nonce: string }[]): string[] {
  return pending.map(({ from, nonce }) => `nonces: ${from} waits with nonce ${Number(nonce)}`);
}

/** I10: a copy that is kept by what a stream has told has no gap and no repeat at any time, and in the end is the chain's. */
export function streamViolations(told: readonly Told[], facts: readonly ChainFact[]): string[] {
  const copy: { id: string; sequence: number }[] = [];
  const problems: string[] = [];
  for (const { kind, value } of told) {
    const id = String(value.id);
    const sequence = Number(value.sequence);
    const last = copy.at(-1)?.sequence ?? 0;
    // Refused items take a sequence each, and are no events.
    if (kind === "event" && sequence === last + Number(value.refusalsBefore ?? 0) + 1) copy.push({ id, sequence });
    else if (kind === "event") problems.push(`stream: event ${value.sequence} came after ${last}`);
    else if (kind !== "removed" || copy.pop()?.id !== id) problems.push(`stream: ${kind} of ${id}, which was not the last`);
  }
  const differs = copy.length !== facts.length || facts.some(({ id }, index) => copy[index]?.id !== id);
  return differs ? [...problems, `stream: it told of ${copy.length} events, and not those of the chain`] : problems;
}

/** What a rebuild must leave alone. */
export interface RebuildFacts {
  projection: string;
  postings: number;
}

/** I11: the same projection, and no bank has posted. */
export function rebuildViolations(before: RebuildFacts, after: RebuildFacts): string[] {
  return [
    ...(before.projection === after.projection ? [] : ["rebuild: the projection is another than before"]),
    ...(before.postings === after.postings ? [] : [`rebuild: the banks have made ${after.postings - before.postings} entries`]),
  ];
}
