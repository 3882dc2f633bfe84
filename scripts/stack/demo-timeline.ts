/** An event of a transfer, as `GET /v1/transfers/{id}/events` shows it. */
export interface TransferEvent {
  sequence: string;
  state?: string;
  blockNumber: string | number;
  transactionHash: string;
  observedAt: string;
}

/** A table of a transfer's steps: when, state, block, transaction, who sent it, and what the bank did. */
export function demoTimeline(of: {
  events: readonly TransferEvent[];
  functions: ReadonlyMap<string, string>;
  postings: ReadonlyMap<string, string>;
}): string {
  const lines = [["state", "after", "block", "transaction", "sent by", "bank posting"]];
  let last: number | undefined;
  for (const event of of.events) {
    const at = Date.parse(event.observedAt);
    lines.push([
      event.state ?? "-",
      last === undefined ? "" : `+${at - last} ms`,
      String(event.blockNumber),
      `${event.transactionHash.slice(0, 18)}…`,
      of.functions.get(event.transactionHash) ?? "",
      of.postings.get(event.state ?? "") ?? "",
    ]);
    last = at;
  }
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n")
    .concat("\n");
}
