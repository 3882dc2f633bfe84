import { type Kysely, sql } from "kysely";

// What was sent to a bank that recognises no reference, and pictures of what it showed. Needs backup.
const TABLES = `
  create table bank_postings (
    bank text not null,
    reference text collate "C" not null,
    kind text not null check (kind in ('debit', 'credit', 'refund')),
    amount bigint,
    currency text,
    status text not null check (status in ('open', 'submitted', 'posted', 'refused')),
    claim text,
    claimed_until timestamptz,
    submitted_at timestamptz,
    undecided_since timestamptz,
    reason text check ((status = 'refused') = (reason is not null)),
    receipt text check ((status in ('posted', 'refused')) = (receipt is not null)),
    evidence text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (bank, reference)
  );
  create index bank_postings_undecided on bank_postings (undecided_since) where undecided_since is not null;
  create table bank_evidence (
    digest text collate "C" primary key,
    transfer_id text not null,
    bank text not null,
    media_type text not null,
    content bytea not null,
    created_at timestamptz not null default now()
  );
  create index bank_evidence_by_transfer on bank_evidence (transfer_id);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
