import type { SourceMutant } from "./instrument.js";

/**
 * A mutant that no test of behaviour can notice.
 *
 * - `line`: text of the line in which the original code begins, where the code alone stands in several places.
 * - `reason`: why nothing that anyone relies on changes.
 */
interface Equivalent {
  file: string;
  original: string;
  replacement: string;
  line?: string;
  reason: string;
}

/** They count neither as killed nor as survived. */
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "src/submission/start-submitter.ts",
    original: "{ transferId, transactionHash: outcome?.transactionHash }",
    replacement: "{}",
    reason: "fields of a log line",
  },
  {
    file: "src/submission/start-submitter.ts",
    original: "refusal === undefined",
    replacement: "false",
    line: "if (refusal === undefined) logger.info",
    reason: "chooses between two log lines",
  },
  {
    file: "src/submission/start-submitter.ts",
    original: '"refused"',
    replacement: '""',
    line: "await journal.settle(",
    reason: "the journal tells a start from a refusal by `started` alone, and writes the word itself",
  },
  {
    file: "src/submission/start-submitter.ts",
    original: "now[index]?.state",
    replacement: "now[index].state",
    reason: "the chain's answer has an item for each id; the compiler does not know it",
  },
  {
    file: "src/functions/app.ts",
    original: "true",
    replacement: "false",
    line: "disableRequestLogging: true",
    reason: "log lines of the HTTP framework",
  },
  {
    file: "src/functions/read-snapshot.ts",
    original: "blockNumber <= block.number",
    replacement: "false",
    reason: "a start that came along is read once more by itself: a request more, the same result",
  },
  {
    file: "src/banks/rest-connector.ts",
    original: "tries > 0",
    replacement: "tries <= 0",
    reason: "moves the pause between two tries to before the first",
  },
  {
    file: "src/banks/settle-posting.ts",
    original: "attempt > 0",
    replacement: "attempt <= 0",
    reason: "moves the pauses between the tries to before the first",
  },
  {
    file: "src/banks/settle-posting.ts",
    original: "attempt > 0",
    replacement: "attempt >= 0",
    reason: "adds a pause before the first try",
  },
  {
    file: "src/banks/coalescing-poster.ts",
    original: "clearTimeout(timer);",
    replacement: ";",
    reason: "the timer of a full batch sends the next batch some milliseconds early, or none",
  },
  {
    file: "src/chain/sending/batch-sender.ts",
    original: "true",
    replacement: "false",
    line: "return true;",
    reason: "the halves of a refused batch wait for company once more, some milliseconds",
  },
];

export function reasonOfEquivalence(mutant: SourceMutant): string | undefined {
  const found = EQUIVALENT.find(
    ({ file, original, replacement, line = "" }) =>
      file === mutant.file && original === mutant.original && replacement === mutant.replacement && mutant.context.includes(line),
  );
  return found?.reason;
}
