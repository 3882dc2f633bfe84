import { expect } from "chai";
import { createResolutionDirectory } from "../../../src/chain/contracts/resolution-directory.js";
import { DEFAULT_FEE_POLICY } from "../../../src/chain/sending/fees.js";
import { openSigner } from "../../../src/chain/signing/open-signer.js";
import { AppError } from "../../../src/domain/app-error.js";
import { stateNumber } from "../../../src/domain/transfer-state.js";
import { SILENT } from "../../../tools/support/logger.js";
import { randomTransferId, startTestChain, type TestChain } from "../../support/chain.js";

describe("resolutions by arbiters", function () {
  this.timeout(120_000);
  let test: TestChain;
  let addresses: string[];
  let resolutions: ReturnType<typeof createResolutionDirectory>;

  before(async () => {
    test = await startTestChain();
    const keys = [...test.secrets.arbiterKeys, test.secrets.registrarKey];
    const signers = await Promise.all(keys.map((privateKey) => openSigner({ kind: "private-key", privateKey })));
    addresses = signers.map(({ address }) => address);
    const byPrincipal = new Map(
      ["one", "other", "no-arbiter"].map((name, index) => [name, signers[index] as (typeof signers)[0]]),
    );
    resolutions = createResolutionDirectory({ chain: test.chain, logger: SILENT }, byPrincipal, DEFAULT_FEE_POLICY);
  });
  after(() => test.close());

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "done",
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  const stateOf = async (id: string) => Number((await test.chain.transfers.get(id)).phase);
  async function suspended(): Promise<string> {
    const [id = ""] = await test.start(1);
    await test.advance([id], "SUSPENDED", "AB08");
    return id;
  }
  const resume = (method: "propose" | "confirm", transferId: string) =>
    ({ method, transferId, to: "STARTED", reason: undefined }) as const;

  it("let a transfer go on once one has proposed it and another confirmed", async () => {
    const id = await suspended();
    expect(await codeOf(resolutions.write("one", resume("confirm", id)))).to.equal("conflict");
    const { transactionHash } = await resolutions.write("one", resume("propose", id));
    expect(transactionHash).to.match(/^0x[0-9a-f]{64}$/);
    const proposal = { to: "STARTED", reason: undefined, by: addresses[0] };
    expect(await resolutions.read([randomTransferId(), id])).to.deep.equal([undefined, proposal]);
    expect(await codeOf(resolutions.write("other", resume("propose", id)))).to.equal("conflict");
    expect(await codeOf(resolutions.write("one", resume("confirm", id)))).to.equal("forbidden");
    expect(await codeOf(resolutions.write("other", { method: "confirm", transferId: id, to: "PENDING" }))).to.equal("conflict");
    await resolutions.write("other", resume("confirm", id));
    expect(await stateOf(id)).to.equal(stateNumber("STARTED"));
    expect(await resolutions.read([id])).to.deep.equal([undefined]);
    expect(await codeOf(resolutions.write("other", resume("propose", id)))).to.equal("conflict");
  });

  it("are taken back by any of them", async () => {
    const id = await suspended();
    expect(await codeOf(resolutions.write("other", { method: "withdraw", transferId: id }))).to.equal("conflict");
    await resolutions.write("one", resume("propose", id));
    await resolutions.write("other", { method: "withdraw", transferId: id });
    expect(await resolutions.read([id])).to.deep.equal([undefined]);
  });

  it("are refused to whoever is no arbiter, and where this service holds no key", async () => {
    const id = await suspended();
    expect(await codeOf(resolutions.write("no-arbiter", resume("propose", id)))).to.equal("forbidden");
    expect(await codeOf(resolutions.write("nobody", resume("propose", id)))).to.equal("forbidden");
  });

  it("are refused where they say more than arbiters may", async () => {
    const id = await suspended();
    const negative = { method: "propose", transferId: id, to: "REJECTED", reason: "AB08" } as const;
    expect(await codeOf(resolutions.write("one", negative))).to.equal("conflict");
    expect(await codeOf(resolutions.write("one", { ...resume("propose", id), reason: "AB08" }))).to.equal("invalid-request");
    expect(await codeOf(resolutions.write("one", { ...negative, to: "COMPLETED" }))).to.equal("conflict");
  });
});
