import { spawn } from "node:child_process";
import process from "node:process";
import { expect } from "chai";
import { sql } from "kysely";
import { inheritedEnvironment } from "../../../src/config/config.js";
import type { AppError } from "../../../src/domain/app-error.js";
import type { Finding } from "../../../src/domain/reconciliation.js";
import { reconcileBank } from "../../../src/watcher/reconcile/reconcile-bank.js";
import { ALICE } from "../../banks/helpers/postings.js";
import { startBank, type TestBank, TOKEN } from "../../banks/helpers/start-bank.js";
import { randomTransferId } from "../../support/chain.js";
import { program } from "../../support/programs.js";
import { startTestStore } from "../../support/watching.js";

const BANK = "FAASTHB1";
const OTHER = "WHSKTHB1";
const DAY = "2026-03-01";
const NOW = new Date(`${DAY}T12:00:00Z`);
const DOMAIN = `0x${"22".repeat(32)}`;

describe("reconciliation of a bank with the chain", () => {
  let bank: TestBank;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let sequence = 0n;
  let bankTime = 0;

  beforeEach(async () => {
    bankTime = NOW.getTime();
    bank = await startBank({ clock: () => bankTime });
    store = await startTestStore();
    sequence = 0n;
    await sql`insert into chain (chain_id, genesis_hash, domain, contract) values ('1', '0x1', ${DOMAIN}, '0x1')`.execute(
      store.db,
    );
    await sql`insert into cursor (block_number, block_hash, sequence, final_block, caught_up)
      values (1, '0x1', 0, 1, true)`.execute(store.db);
  });

  afterEach(async () => {
    await bank.stop();
    await store.close();
  });

  /** A transfer that the projection has in a state, by the events that lead there. */
  async function project(state: string, of: { payerBank?: string; amountMinor?: bigint } = {}): Promise<string> {
    const id = randomTransferId();
    const { payerBank = BANK, amountMinor = 10n } = of;
    const payeeBank = payerBank === BANK ? OTHER : BANK;
    const path = { STARTED: [], PENDING: [], COMPLETED: ["PENDING"], REVERSING: ["PENDING"], REVERSED: ["PENDING", "REVERSING"] };
    for (const entered of [...(path[state as keyof typeof path] ?? []), state]) {
      sequence += 1n;
      await sql`insert into events (sequence, type, transfer_id, state, payer_bank, payee_bank, block_number, block_hash, block_time,
        log_index, transaction_hash, data) values (${sequence}, 'eventmachine.transfer.x', ${id}, ${entered}, ${payerBank}, ${payeeBank},
        1, '0x1', ${NOW}, 0, '0x1', '{}')`.execute(store.db);
    }
    await sql`insert into transfers (id, state, payer_bank, payee_bank, currency, amount, deadline, started_block, started_at, updated_at,
      last_sequence) values (${id}, ${state}, ${payerBank}, ${payeeBank}, 764, ${amountMinor}, 1, 1, ${NOW}, ${NOW}, ${sequence})`.execute(
      store.db,
    );
    return id;
  }

  function post(id: string, kind: "debit" | "credit", amountMinor = 10n, reference = `${id}:${kind}`): void {
    bank.ledger.postMany([{ kind, reference, account: ALICE, amountMinor, currency: "THB" }]);
  }

  async function verdicts(): Promise<Record<string, string>> {
    const findings: Finding[] = await reconcileBank({ db: store.db, connector: bank.connector }, BANK, DAY);
    return Object.fromEntries(findings.map(({ reference, verdict }) => [reference, verdict]));
  }

  it("agrees where each posting is what the chain says", async () => {
    const [paid, received, reversed] = [
      await project("COMPLETED"),
      await project("COMPLETED", { payerBank: OTHER }),
      await project("REVERSED"),
    ];
    post(paid, "debit");
    post(received, "credit");
    post(reversed, "debit");
    bank.ledger.postMany([
      { kind: "refund", reference: `${reversed}:refund`, refundOf: `${reversed}:debit`, amountMinor: 10n, currency: "THB" },
    ]);
    expect(await verdicts()).deep.equal({
      [`${paid}:debit`]: "agreed",
      [`${received}:credit`]: "agreed",
      [`${reversed}:debit`]: "agreed",
      [`${reversed}:refund`]: "agreed",
    });
  });

  it("takes what the bank has posted and the chain does not know yet for under way", async () => {
    const id = await project("STARTED");
    post(id, "debit");
    expect(await verdicts()).deep.equal({ [`${id}:debit`]: "underway" });
  });

  it("reports a posting that the bank does not have", async () => {
    const id = await project("PENDING");
    expect(await verdicts()).deep.equal({ [`${id}:debit`]: "missing" });
  });

  it("reports a posting of another amount", async () => {
    const id = await project("PENDING", { amountMinor: 11n });
    post(id, "debit");
    expect(await verdicts()).deep.equal({ [`${id}:debit`]: "amount" });
  });

  it("reports postings that nothing on the chain explains: of no transfer, of a rejected one, under another name, of another bank's", async () => {
    const [rejected, completed, foreign] = [
      await project("REJECTED"),
      await project("COMPLETED"),
      await project("COMPLETED", { payerBank: OTHER }),
    ];
    const unknown = randomTransferId();
    post(unknown, "debit");
    post(rejected, "debit");
    post(completed, "debit");
    post(completed, "debit", 10n, `${completed}:debit:2`);
    post(foreign, "credit");
    post(foreign, "debit");
    expect(await verdicts()).deep.equal({
      [`${unknown}:debit`]: "unexplained",
      [`${rejected}:debit`]: "unexplained",
      [`${completed}:debit`]: "agreed",
      [`${completed}:debit:2`]: "unexplained",
      [`${foreign}:credit`]: "agreed",
      [`${foreign}:debit`]: "unexplained",
    });
  });

  it("leaves out what was booked for another chain, before this one was there, and reports what came after", async () => {
    const known = await project("REJECTED");
    const [before, after] = [randomTransferId(), randomTransferId()];
    post(before, "debit");
    post(known, "debit");
    await sql`insert into blocks (number, hash, parent_hash, time) values
      (5, '0x5', '0x4', ${NOW}::timestamptz + interval '1 minute'),
      (6, '0x6', '0x5', ${NOW}::timestamptz + interval '1 hour')`.execute(store.db);
    bankTime += 2 * 60_000;
    post(after, "debit");
    expect(await verdicts()).deep.equal({ [`${known}:debit`]: "unexplained", [`${after}:debit`]: "unexplained" });
  });

  it("leaves out what our journal has for another chain, however late it was booked", async () => {
    const [ours, others] = [await project("PENDING"), randomTransferId()];
    await sql`insert into blocks (number, hash, parent_hash, time) values
      (5, '0x5', '0x4', ${NOW}::timestamptz - interval '1 hour')`.execute(store.db);
    await sql`insert into journal (transfer_id, domain, principal, payer_bank, payee_bank, currency, amount, deadline, details,
      field_hashes, status, accepted_at, lease_until)
      values (${others}, ${`0x${"33".repeat(32)}`}, 'p', ${BANK}, ${OTHER}, 764, 10, 1, '', '{}', 'started', now(), now())`.execute(
      store.db,
    );
    post(ours, "debit");
    post(others, "debit");
    expect(await verdicts()).deep.equal({ [`${ours}:debit`]: "agreed" });
  });

  for (const [when, spoil] of [
    ["while the projection catches up", "update cursor set caught_up = false"],
    ["before the first page of a fresh chain", "delete from cursor"],
    ["before the projection is any chain's", "delete from chain"],
  ] as const) {
    it(`compares nothing ${when}`, async () => {
      post(await project("PENDING"), "debit");
      await store.rows(spoil);
      expect(await verdicts().catch((error: AppError) => error.code)).to.equal("store-unavailable");
    });
  }

  it("drops a comparison during which another chain took the projection's place", async () => {
    const statement: TestBank["connector"]["statement"] = async () => {
      await store.rows("update chain set domain = '0x44'");
      return { lines: [] };
    };
    const compared = reconcileBank({ db: store.db, connector: { statement } }, BANK, DAY);
    expect(
      await compared.then(
        () => "compared",
        (error: AppError) => error.code,
      ),
    ).to.equal("store-unavailable");
  });

  it("reports a posting that the bank's statement has twice", async () => {
    const id = await project("PENDING");
    post(id, "debit");
    // The simulator itself refuses to: so a bank that does not.
    const statement: TestBank["connector"]["statement"] = async (of) => {
      const page = await bank.connector.statement(of);
      return { ...page, lines: page.lines.flatMap((line) => [line, { ...line, postingId: "another" }]) };
    };
    const [finding] = await reconcileBank({ db: store.db, connector: { statement } }, BANK, DAY);
    expect([finding?.verdict, finding?.postings, finding?.bankMinor]).deep.equal(["doubled", 2, 20n]);
  });

  it("reads a statement page by page", async () => {
    const ids = [await project("PENDING"), await project("PENDING"), await project("PENDING")];
    for (const id of ids) post(id, "debit");
    const one = (await bank.call("GET", `/v1/statement?day=${DAY}&limit=2`).then((answer) => answer.json())) as {
      lines: unknown[];
      next: string;
    };
    const two = (await bank
      .call("GET", `/v1/statement?day=${DAY}&limit=2&after=${one.next}`)
      .then((answer) => answer.json())) as {
      lines: unknown[];
      next?: string;
    };
    expect([one.lines.length, two.lines.length, two.next]).deep.equal([2, 1, undefined]);
  });

  it("as npm run reconcile: CSV with positions, and an exit code: 0 equal, 1 differences, 2 not to be told", async () => {
    const id = await project("COMPLETED");
    post(id, "debit");
    const equal = await runScript(store.url, bank.baseUrl);
    expect(equal.code).equal(0);
    expect(equal.output.split("\r\n").slice(0, 3)).deep.equal([
      "record,day,bank,counterparty,currency,reference,chain_amount,bank_amount,postings",
      `agreed,${DAY},${BANK},,THB,,10,10,1`,
      `position,${DAY},${BANK},${OTHER},THB,,10,,1`,
    ]);
    const missing = await project("PENDING");
    const differing = await runScript(store.url, bank.baseUrl);
    expect(differing.code).equal(1);
    expect(differing.output).include(`missing,${DAY},${BANK},,THB,"${missing}:debit",10,,0`);
    expect((await runScript(store.url, "http://127.0.0.1:1")).code).equal(2);
  });
});

async function runScript(databaseUrl: string, bankUrl: string): Promise<{ code: number | null; output: string }> {
  const banks = JSON.stringify([{ bank: BANK, url: bankUrl, token: TOKEN }]);
  const child = spawn(process.execPath, [await program("scripts/ops/reconcile.ts"), "--day", DAY], {
    env: { ...inheritedEnvironment(), DATABASE_URL: databaseUrl, RECONCILE_BANKS: banks },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}
