import { createHash, randomBytes } from "node:crypto";
import type { Locator, Page } from "playwright-core";
import { canonicalJson } from "../../domain/evidence.js";
import type { PostingKind, PostingOutcome } from "../../domain/posting.js";
import type { BankLine, BankPages, Booked } from "./bank-pages.js";
import type { Evidence } from "./posting-log.js";
import { browserError } from "./web-errors.js";

/** What is posted. `account`: where it is known; no log keeps it. */
export interface Posted {
  reference: string;
  kind: PostingKind;
  amountMinor: bigint;
  currency: string;
  account?: string | undefined;
}

type Proven = { outcome: PostingOutcome; evidence: Evidence };

/**
 * Receipts in the name of a bank that gives none: canonical JSON (RFC 8785) of what its page said, with the picture's hash and a 128-bit
 * salt, and no account. They are written once and kept by the log.
 */
export type WebReceipts = ReturnType<typeof createWebReceipts>;

export function createWebReceipts(bank: string, pages: Pick<BankPages, "masked">) {
  const receipt = (fields: Record<string, string>) => canonicalJson({ bank, ...fields, salt: randomBytes(16).toString("hex") });

  function posted({ reference, kind, amountMinor, currency }: Posted, said: Booked, source: string, evidence: Evidence): Proven {
    const { number, bookedAt } = said;
    const facts = { reference, kind, status: "posted", postingId: number, bookedAt, amount: amountMinor.toString(), currency };
    return {
      outcome: { status: "posted", reference, receipt: receipt({ ...facts, source, screenshot: evidence.digest }) },
      evidence,
    };
  }

  const refused = ({ reference, reason }: { reference: string; reason: string }, picture: Record<string, string> = {}) =>
    ({ status: "refused", reference, reason, receipt: receipt({ reference, status: "refused", reason, ...picture }) }) as const;

  return {
    /** For what the page in front of us says it has booked. */
    booked: async (page: Page, posting: Posted, said: Booked) =>
      posted(posting, said, "confirmation", await picture(pages, page)),
    /** For a line of the statement in front of us. */
    onStatement: async (line: BankLine, posting: Posted) => posted(posting, line, "statement", await picture(pages, line.row)),
    /** For what the page in front of us says it does not book. */
    refusedOn: async (page: Page, refusal: { reference: string; reason: string }): Promise<Proven> => {
      const evidence = await picture(pages, page);
      return { outcome: refused(refusal, { source: "page", screenshot: evidence.digest }), evidence };
    },
    /** For what was never sent. */
    refused: (refusal: { reference: string; reason: string }): PostingOutcome => refused(refusal),
  };
}

/** What the bank shows, with account numbers covered: the picture is for whoever may read the transfer. */
async function picture(pages: Pick<BankPages, "masked">, of: Page | Locator): Promise<Evidence> {
  const options = { type: "png", mask: pages.masked(of), maskColor: "#000000", animations: "disabled" } as const;
  const content = await of.screenshot(options).catch((error: unknown) => {
    throw browserError("screenshot", error);
  });
  return { digest: createHash("sha256").update(content).digest("hex"), mediaType: "image/png", content };
}
