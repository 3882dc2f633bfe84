import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { type PostingKind, type PostingOutcome, transferIdOfReference } from "../../domain/posting.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/** A posting as the log has it: see `PostingLog` of `src/banks/web`. */
export type PostingLogRecord =
  | { status: "open"; sentBefore?: Sent }
  | ({ status: "submitted" } & Sent)
  | { status: "posted" | "refused"; outcome: PostingOutcome };

interface Sent {
  submittedAt: Date;
  amountMinor: bigint;
  currency: string;
}

interface Row {
  reference: string;
  status: "open" | "submitted" | "posted" | "refused";
  amount: bigint | null;
  currency: string | null;
  submittedAt: Date | null;
  reason: string | null;
  receipt: string | null;
}

const COLUMNS = sql<Row>`reference, status, amount, currency, submitted_at as "submittedAt", reason, receipt`;

/** The durable intents of one bank's functions. Time is this store's, so that workers with different clocks share the claims. */
export function createPostingLog(db: Db, bank: string) {
  async function read(reference: string): Promise<Row | undefined> {
    const { rows } = await sql<Row>`select ${COLUMNS} from bank_postings
      where bank = ${bank} and reference = ${reference}`.execute(db);
    return rows[0];
  }

  async function claim(
    posting: { reference: string; kind: PostingKind; amountMinor?: bigint; currency?: string },
    leaseMs: number,
  ): Promise<{ record: PostingLogRecord; claim?: string } | undefined> {
    const { reference, kind, amountMinor = null, currency = null } = posting;
    const token = randomUUID();
    const until = sql`now() + ${leaseMs} * interval '1 millisecond'`;
    return await onStore(async () => {
      const { rows } = await sql<Row>`
        insert into bank_postings as p (bank, reference, kind, amount, currency, status, claim, claimed_until)
        values (${bank}, ${reference}, ${kind}, ${amountMinor}, ${currency}, 'open', ${token}, ${until})
        on conflict (bank, reference) do update set claim = excluded.claim, claimed_until = excluded.claimed_until,
          amount = coalesce(p.amount, excluded.amount), currency = coalesce(p.currency, excluded.currency), updated_at = now()
        where p.status in ('open', 'submitted') and (p.claim is null or p.claimed_until < now())
        returning ${COLUMNS}`.execute(db);
      if (rows[0] !== undefined) return { record: toRecord(rows[0]), claim: token };
      const record = toRecord((await read(reference)) as Row);
      return "outcome" in record ? { record } : undefined;
    });
  }

  async function submit(reference: string, token: string, leaseMs: number): Promise<boolean> {
    const { numAffectedRows } = await onStore(() =>
      sql`update bank_postings set status = 'submitted', submitted_at = coalesce(submitted_at, now()), updated_at = now(),
          claimed_until = now() + ${leaseMs} * interval '1 millisecond'
        where bank = ${bank} and reference = ${reference} and status = 'open' and claim = ${token}
          and claimed_until > now()`.execute(db),
    );
    return numAffectedRows === 1n;
  }

  async function settle(
    outcome: PostingOutcome,
    by: { claim: string; evidence?: { digest: string; mediaType: string; content: Buffer } },
  ): Promise<PostingOutcome | undefined> {
    const { reference, status, receipt } = outcome;
    const reason = outcome.status === "refused" ? outcome.reason : null;
    return await onStore(() =>
      db.transaction().execute(async (transaction) => {
        if (by.evidence !== undefined) {
          const { digest, mediaType, content } = by.evidence;
          await sql`insert into bank_evidence (digest, transfer_id, bank, media_type, content)
            values (${digest}, ${transferIdOfReference(reference)}, ${bank}, ${mediaType}, ${content})
            on conflict (digest) do nothing`.execute(transaction);
        }
        const { rows } = await sql<Row>`
          update bank_postings set status = ${status}, reason = ${reason}, receipt = ${receipt},
            evidence = ${by.evidence?.digest ?? null}, claim = null, undecided_since = null, updated_at = now()
          where bank = ${bank} and reference = ${reference} and status in ('open', 'submitted')
            and (${status} = 'posted' or claim = ${by.claim}) returning ${COLUMNS}`.execute(transaction);
        if (rows[0] !== undefined) return outcome;
        const { rows: standing } = await sql<Row>`select ${COLUMNS} from bank_postings
          where bank = ${bank} and reference = ${reference}`.execute(transaction);
        const record = standing[0] && toRecord(standing[0]);
        return record !== undefined && "outcome" in record ? record.outcome : undefined;
      }),
    );
  }

  async function release(reference: string, token: string, undecided: boolean): Promise<void> {
    await onStore(() =>
      sql`update bank_postings set claim = null, claimed_until = null, updated_at = now(),
          undecided_since = case when ${undecided} then coalesce(undecided_since, now()) end
        where bank = ${bank} and reference = ${reference} and claim = ${token}`.execute(db),
    );
  }

  async function find(reference: string): Promise<PostingLogRecord | undefined> {
    const row = await onStore(() => read(reference));
    return row && toRecord(row);
  }

  return { claim, submit, settle, release, find };
}

function toRecord({ reference, status, amount, currency, submittedAt, reason, receipt }: Row): PostingLogRecord {
  const sent = submittedAt !== null && amount !== null && currency !== null && { submittedAt, amountMinor: amount, currency };
  if (status === "open") return { status, ...(sent && { sentBefore: sent }) };
  if (status === "posted" && receipt !== null) return { status, outcome: { status, reference, receipt } };
  if (status === "refused" && receipt !== null && reason !== null) {
    return { status, outcome: { status, reference, reason, receipt } };
  }
  if (status === "submitted" && sent) return { status, ...sent };
  throw new RangeError("A posting of the log is incomplete.");
}
