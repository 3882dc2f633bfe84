import { expect } from "chai";
import { sql } from "kysely";
import type { PostingOutcome } from "../../../src/domain/posting.js";
import { allowPosting, readUndecided, refusePosting } from "../../../src/store/bank-postings/admin.js";
import { listEvidence, readEvidence } from "../../../src/store/bank-postings/evidence.js";
import { createPostingLog } from "../../../src/store/bank-postings/posting-log.js";
import { openStore, type Store } from "../../../src/store/open-store.js";
import { SILENT } from "../../../tools/support/logger.js";
import { createStoreDatabase } from "../../support/postgres.js";

const BANK = "HIVETHB1";
const LEASE_MS = 60_000;
let serial = 0;

describe("the log of postings at a bank without an API", function () {
  this.timeout(120_000);
  let store: Store;
  let log: ReturnType<typeof createPostingLog>;

  before(async () => {
    store = openStore(await createStoreDatabase(), SILENT);
    log = createPostingLog(store.db, BANK);
  });
  after(() => store.close());

  const newPosting = () => {
    serial += 1;
    return { reference: `0x${serial}:credit`, kind: "credit" as const, amountMinor: 5n, currency: "THB" };
  };
  const posted = (reference: string, receipt = "{}"): PostingOutcome => ({ status: "posted", reference, receipt });
  const refused = (reference: string): PostingOutcome => ({ status: "refused", reference, reason: "AC04", receipt: "{}" });
  const lapse = (reference: string) =>
    sql`update bank_postings set claimed_until = now() - interval '1 second' where reference = ${reference}`.execute(store.db);
  const claimed = async (posting: ReturnType<typeof newPosting>) => {
    const claim = (await log.claim(posting, LEASE_MS))?.claim;
    if (claim === undefined) throw new Error("It could not be claimed");
    return claim;
  };

  it("gives a posting to one worker at a time, of however many", async () => {
    const posting = newPosting();
    const claims = await Promise.all(Array.from({ length: 20 }, () => log.claim(posting, LEASE_MS)));
    expect(claims.filter((one) => one !== undefined)).to.have.length(1);
    await log.release(posting.reference, claims.find((one) => one !== undefined)?.claim ?? "", false);
    expect(await log.claim(posting, LEASE_MS)).to.deep.include({ record: { status: "open" } });
  });

  it("lets nobody send whose claim has lapsed or was taken over, and nobody send twice", async () => {
    const posting = newPosting();
    const first = await claimed(posting);
    await lapse(posting.reference);
    expect(await log.submit(posting.reference, first, LEASE_MS)).to.equal(false);
    const second = await claimed(posting);
    expect(await log.submit(posting.reference, first, LEASE_MS)).to.equal(false);
    expect(await log.submit(posting.reference, second, LEASE_MS)).to.equal(true);
    expect(await log.submit(posting.reference, second, LEASE_MS)).to.equal(false);
    expect(await log.find(posting.reference)).to.include({ status: "submitted", amountMinor: 5n, currency: "THB" });
  });

  it("believes a yes from anybody, a no only from who has the claim, and then stays by it", async () => {
    const posting = newPosting();
    const first = await claimed(posting);
    await lapse(posting.reference);
    const second = await claimed(posting);
    expect(await log.settle(refused(posting.reference), { claim: first })).to.equal(undefined);
    expect(await log.settle(posted(posting.reference), { claim: first })).to.deep.equal(posted(posting.reference));
    expect(await log.settle(refused(posting.reference), { claim: second })).to.deep.equal(posted(posting.reference));
    expect(await log.settle(posted(posting.reference, "{ }"), { claim: second })).to.deep.equal(posted(posting.reference));
    expect((await log.claim(posting, LEASE_MS))?.claim).to.equal(undefined);
  });

  it("is one bank's own", async () => {
    const posting = newPosting();
    await claimed(posting);
    expect(await createPostingLog(store.db, "FAASTHB1").find(posting.reference)).to.equal(undefined);
  });

  it("keeps a picture beside the outcome, for its transfer only", async () => {
    const posting = newPosting();
    const claim = await claimed(posting);
    const transferId = posting.reference.split(":")[0] ?? "";
    const evidence = { digest: `${serial}`.padStart(64, "a"), mediaType: "image/png", content: Buffer.from("picture") };
    await log.settle(posted(posting.reference), { claim, evidence });
    const picture = { digest: evidence.digest, mediaType: "image/png", size: 7 };
    expect(await listEvidence(store.db, transferId)).to.deep.equal([
      { bank: BANK, reference: posting.reference, status: "posted", receipt: "{}", picture },
    ]);
    expect((await readEvidence(store.db, transferId, evidence.digest))?.content.toString()).to.equal("picture");
    expect(await readEvidence(store.db, "0x0", evidence.digest)).to.equal(undefined);
  });

  it("leaves to people what is undecided, and nothing else", async () => {
    const undecide = async () => {
      const posting = newPosting();
      const claim = await claimed(posting);
      expect(await allowPosting(store.db, BANK, posting.reference)).to.equal(false);
      await log.submit(posting.reference, claim, LEASE_MS);
      await log.release(posting.reference, claim, true);
      return posting;
    };
    const [again, never, looking] = [await undecide(), await undecide(), await undecide()];
    expect((await readUndecided(store.db)).map(({ reference }) => reference)).to.deep.equal(
      [again, never, looking].map(({ reference }) => reference),
    );
    expect(await allowPosting(store.db, BANK, again.reference)).to.equal(true);
    const { record } = (await log.claim(again, LEASE_MS)) ?? {};
    expect(record).to.have.property("status", "open");
    expect(record).to.have.nested.property("sentBefore.submittedAt").that.is.a("Date");
    expect(await refusePosting(store.db, BANK, never.reference, "AC04")).to.equal(true);
    expect(await log.claim(never, LEASE_MS)).to.have.nested.property("record.outcome.reason", "AC04");
    expect(await refusePosting(store.db, BANK, never.reference, "AC06")).to.equal(false);
    await claimed(looking);
    expect(await allowPosting(store.db, BANK, looking.reference)).to.equal(false);
    expect(await refusePosting(store.db, BANK, looking.reference, "AC04")).to.equal(false);
  });
});
