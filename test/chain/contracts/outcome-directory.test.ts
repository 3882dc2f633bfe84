import { expect } from "chai";
import { createOutcomeDirectory } from "../../../src/chain/contracts/outcome-directory.js";
import { DEFAULT_FEE_POLICY } from "../../../src/chain/sending/fees.js";
import { openSigner } from "../../../src/chain/signing/open-signer.js";
import { AppError } from "../../../src/domain/app-error.js";
import { type State, stateNumber } from "../../../src/domain/transfer-state.js";
import { SILENT } from "../../../tools/support/logger.js";
import { PAYEE_BANK, PAYER_BANK, randomTransferId, startTestChain, type TestChain } from "../../support/chain.js";

const EVIDENCE = `0x${"e7".repeat(32)}`;
const OTHER_EVIDENCE = `0x${"e8".repeat(32)}`;

describe("outcomes reported by a bank's people", function () {
  this.timeout(120_000);
  let test: TestChain;
  let addresses: Map<string, string>;
  let outcomes: ReturnType<typeof createOutcomeDirectory>;

  before(async () => {
    test = await startTestChain();
    const { banks, arbiterKeys } = test.secrets;
    const keys = new Map<string, string>([["arbiter", arbiterKeys[0]]]);
    for (const [name, bank] of [
      ["payer", PAYER_BANK],
      ["payee", PAYEE_BANK],
    ]) {
      const people = banks.find(({ id }) => id === bank)?.outcomesOperatorKeys ?? [];
      for (const [index, key] of people.entries()) keys.set(`${name}-${index + 1}`, key);
    }
    const signers = new Map<string, Awaited<ReturnType<typeof openSigner>>>();
    for (const [name, privateKey] of keys) signers.set(name, await openSigner({ kind: "private-key", privateKey }));
    addresses = new Map([...signers].map(([name, { address }]) => [name, address]));
    outcomes = createOutcomeDirectory({ chain: test.chain, logger: SILENT }, signers, DEFAULT_FEE_POLICY);
  });
  after(() => test.close());

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "done",
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  const stateOf = async (id: string) => Number((await test.chain.transfers.get(id)).phase);
  async function suspended(from: "STARTED" | "PENDING" | "REVERSING"): Promise<string> {
    const [id = ""] = await test.start(1);
    if (from !== "STARTED") await test.advance([id], "PENDING");
    if (from === "REVERSING") await test.advance([id], "REVERSING", "AC04");
    // The refund's bank suspends a refund; `advance` of the test chain takes the payer's bank for SUSPENDED.
    if (from !== "PENDING") await test.advance([id], "SUSPENDED", "AC04");
    else await suspendByPayee(id);
    return id;
  }
  async function suspendByPayee(id: string): Promise<void> {
    const key = test.secrets.banks.find(({ id: bank }) => bank === PAYEE_BANK)?.functions.credit.operatorKey ?? "";
    const items = [{ id, to: stateNumber("SUSPENDED"), reason: "0x41433034", evidence: EVIDENCE }];
    await (await test.contractAs(key).advance(items)).wait();
  }
  const outcome = (method: "propose" | "confirm", transferId: string, to: State, reason?: string) =>
    ({ method, transferId, to, reason, evidence: EVIDENCE }) as const;

  for (const [from, to, reason, side] of [
    ["STARTED", "PENDING", undefined, "payer"],
    ["STARTED", "REJECTED", "AC04", "payer"],
    ["PENDING", "COMPLETED", undefined, "payee"],
    ["PENDING", "REVERSING", "AC04", "payee"],
    ["REVERSING", "REVERSED", undefined, "payer"],
  ] as const) {
    it(`move a transfer suspended from ${from} to ${to} once two people of the ${side}'s bank agree`, async () => {
      const id = await suspended(from);
      const { transactionHash } = await outcomes.write(`${side}-1`, outcome("propose", id, to, reason));
      expect(transactionHash).to.match(/^0x[0-9a-f]{64}$/);
      const proposal = { to, reason, evidence: EVIDENCE, by: addresses.get(`${side}-1`) };
      expect(await outcomes.read([randomTransferId(), id])).to.deep.equal([undefined, proposal]);
      await outcomes.write(`${side}-2`, outcome("confirm", id, to, reason));
      expect(await stateOf(id)).to.equal(stateNumber(to));
      expect(await outcomes.read([id])).to.deep.equal([undefined]);
    });
  }

  it("are refused to the proposer as confirmer, to another bank's person, and to a key of no bank", async () => {
    const id = await suspended("REVERSING");
    expect(await codeOf(outcomes.write("payee-1", outcome("propose", id, "REVERSED")))).to.equal("forbidden");
    expect(await codeOf(outcomes.write("arbiter", outcome("propose", id, "REVERSED")))).to.equal("forbidden");
    expect(await codeOf(outcomes.write("nobody", outcome("propose", id, "REVERSED")))).to.equal("forbidden");
    await outcomes.write("payer-1", outcome("propose", id, "REVERSED"));
    expect(await codeOf(outcomes.write("payer-1", outcome("confirm", id, "REVERSED")))).to.equal("forbidden");
    expect(await codeOf(outcomes.write("payee-1", outcome("confirm", id, "REVERSED")))).to.equal("forbidden");
    expect(await codeOf(outcomes.write("payee-1", { method: "withdraw", transferId: id }))).to.equal("forbidden");
    expect((await stateOf(id)) % 16).to.equal(stateNumber("SUSPENDED"));
  });

  it("are confirmed exactly as they were proposed, or not at all", async () => {
    const id = await suspended("STARTED");
    expect(await codeOf(outcomes.write("payer-2", outcome("confirm", id, "PENDING")))).to.equal("conflict");
    await outcomes.write("payer-1", outcome("propose", id, "REJECTED", "AC04"));
    expect(await codeOf(outcomes.write("payer-2", outcome("propose", id, "PENDING")))).to.equal("conflict");
    for (const other of [{ evidence: OTHER_EVIDENCE }, { reason: "AM04" }, { to: "PENDING", reason: undefined }] as const) {
      const confirmation = { ...outcome("confirm", id, "REJECTED", "AC04"), ...other };
      expect(await codeOf(outcomes.write("payer-2", confirmation)), JSON.stringify(other)).to.equal("conflict");
    }
  });

  it("are refused where the leg's bank could not report them itself", async () => {
    const id = await suspended("REVERSING");
    expect(await codeOf(outcomes.write("payer-1", outcome("propose", id, "COMPLETED")))).to.equal("conflict");
    expect(await codeOf(outcomes.write("payer-1", outcome("propose", id, "REVERSED", "AC04")))).to.equal("invalid-request");
    const started = await suspended("STARTED");
    expect(await codeOf(outcomes.write("payer-1", outcome("propose", started, "REJECTED")))).to.equal("invalid-request");
  });

  it("are withdrawn by any of the bank's people, and proposed again", async () => {
    const id = await suspended("REVERSING");
    expect(await codeOf(outcomes.write("payer-2", { method: "withdraw", transferId: id }))).to.equal("conflict");
    await outcomes.write("payer-1", outcome("propose", id, "REVERSED"));
    await outcomes.write("payer-2", { method: "withdraw", transferId: id });
    expect(await outcomes.read([id])).to.deep.equal([undefined]);
    await outcomes.write("payer-2", outcome("propose", id, "REVERSED"));
  });

  it("are moot once the bank's function has reported the outcome itself", async () => {
    const id = await suspended("REVERSING");
    await outcomes.write("payer-1", outcome("propose", id, "REVERSED"));
    await test.advance([id], "REVERSED");
    expect(await outcomes.read([id])).to.deep.equal([undefined]);
    expect(await codeOf(outcomes.write("payer-2", outcome("confirm", id, "REVERSED")))).to.equal("conflict");
  });

  it("name the bank of a person's key, and none for other keys", async () => {
    expect(await outcomes.bankOf("payer-1")).to.equal(PAYER_BANK);
    expect(await outcomes.bankOf("payee-2")).to.equal(PAYEE_BANK);
    expect(await outcomes.bankOf("arbiter")).to.equal(undefined);
    expect(await outcomes.bankOf("nobody")).to.equal(undefined);
  });
});
