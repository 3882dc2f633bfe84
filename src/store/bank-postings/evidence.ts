import { sql } from "kysely";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/** What a bank without an API is on record to have said of a posting. `receipt`: what the chain's evidence is the hash of. */
export interface BankEvidence {
  bank: string;
  reference: string;
  status: "posted" | "refused";
  receipt: string;
  /** SHA-256 of the picture, 64 hex digits; absent where nothing was shown. `size` in bytes. */
  picture: { digest: string; mediaType: string; size: number } | undefined;
}

interface Row extends Omit<BankEvidence, "picture"> {
  digest: string | null;
  mediaType: string | null;
  size: number | null;
}

/** The evidence of one transfer: each leg's, by every name that its posting had. */
export async function listEvidence(db: Db, transferId: string): Promise<BankEvidence[]> {
  const { rows } = await onStore(() =>
    sql<Row>`select p.bank, p.reference, p.status, p.receipt, e.digest, e.media_type as "mediaType", length(e.content) as size
      from bank_postings p left join bank_evidence e on e.digest = p.evidence
      where starts_with(p.reference, ${`${transferId}:`}) and p.receipt is not null
      order by p.reference`.execute(db),
  );
  return rows.map(({ digest, mediaType, size, ...row }) => ({
    ...row,
    picture: digest === null || mediaType === null || size === null ? undefined : { digest, mediaType, size },
  }));
}

/** A picture, where it belongs to that transfer. */
export async function readEvidence(
  db: Db,
  transferId: string,
  digest: string,
): Promise<{ mediaType: string; content: Buffer } | undefined> {
  const { rows } = await onStore(() =>
    sql<{ mediaType: string; content: Buffer }>`select media_type as "mediaType", content from bank_evidence
      where digest = ${digest} and transfer_id = ${transferId}`.execute(db),
  );
  return rows[0];
}
