import { join } from "node:path";
import { expect } from "chai";
import { createGroupCommit } from "../../src/banks/simulators/group-commit.js";
import type { Ledger } from "../../src/banks/simulators/ledger.js";
import type { LedgerPosting } from "../../src/banks/simulators/ledger-posting.js";
import { ALICE, debit } from "./helpers/postings.js";
import { openTestLedger } from "./helpers/start-bank.js";
import { tempFolder } from "./helpers/temp-folder.js";

describe("group commit", () => {
  const folder = tempFolder();
  let ledger: Ledger;
  let files = 0;

  beforeEach(() => {
    files += 1;
    ledger = openTestLedger(join(folder.path, `ledger-${files}.db`));
  });
  afterEach(() => ledger.shutdown());
  after(() => folder.remove());

  const commitsOf = async (work: () => Promise<unknown>) => {
    const before = ledger.commits();
    await work();
    return ledger.commits() - before;
  };

  it("makes one transaction of the requests of one moment, and gives each its own outcomes", async () => {
    const groupCommit = createGroupCommit(ledger, { windowMs: 0 });
    const commits = await commitsOf(async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => groupCommit.post([debit(`${index}a`, 1n), debit(`${index}b`, 1n)])),
      );
      expect(answers.map((outcomes) => outcomes.map(({ reference }) => reference))).deep.equal(
        Array.from({ length: 50 }, (_, index) => [`${index}a:debit`, `${index}b:debit`]),
      );
    });
    expect(commits).equal(1);
    expect(ledger.account(ALICE)?.balanceMinor).equal(900n);
  });

  it("commits at once when a group is full", async () => {
    const groupCommit = createGroupCommit(ledger, { windowMs: 60_000, maxPostings: 10 });
    const commits = await commitsOf(() =>
      Promise.all(Array.from({ length: 50 }, (_, index) => groupCommit.post([debit(`${index}`, 1n)]))),
    );
    expect(commits).equal(5);
  });

  it("starts a new group after each commit", async () => {
    const groupCommit = createGroupCommit(ledger, { windowMs: 1 });
    const commits = await commitsOf(async () => {
      await groupCommit.post([debit("a", 1n)]);
      await groupCommit.post([debit("b", 1n)]);
    });
    expect(commits).equal(2);
  });

  it("lets a request that cannot be committed harm no other of its group", async () => {
    const postMany = (postings: readonly LedgerPosting[]) => {
      if (postings.some(({ reference }) => reference === "poison:debit")) throw new Error("planted");
      return ledger.postMany(postings);
    };
    const groupCommit = createGroupCommit({ postMany }, { windowMs: 0 });
    const results = await Promise.allSettled(["a", "poison", "b"].map((id) => groupCommit.post([debit(id, 1n)])));
    expect(results.map(({ status }) => status)).deep.equal(["fulfilled", "rejected", "fulfilled"]);
    expect(ledger.account(ALICE)?.balanceMinor).equal(998n);
  });
});
