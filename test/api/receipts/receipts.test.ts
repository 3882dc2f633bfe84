import { expect } from "chai";
import { id as eventTopic } from "ethers";
import { createReceiptSigner } from "../../../src/receipts/receipt-signer.js";
import { COMPLETED, PENDING, STARTED } from "../../../src/receipts/verify-receipt.js";
import { TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { createTestApi, expectProblem, type TestApi } from "../api-under-test.js";
import { viewOf } from "../transfers/transfer-views.js";

const SEED = `0x${"9d".repeat(32)}`;

describe("GET /v1/transfers/{id}/receipt", () => {
  let test: TestApi;
  let id: string;

  beforeEach(async () => {
    test = await createTestApi();
    id = (await test.start()).json().id;
    test.deps.receiptSigner = await createReceiptSigner(SEED, ["A".repeat(43)]);
  });
  afterEach(() => test.api.close());

  it("is refused while the completion is not final, whatever the projection says", async () => {
    test.deps.setView(viewOf(id, { state: "COMPLETED" }));
    expectProblem(await test.get(`/v1/transfers/${id}/receipt`), 409, "conflict");
  });

  it("is for those who may see the transfer", async () => {
    expectProblem(await test.get(`/v1/transfers/${id}/receipt`, "bob-key"), 404, "not-found");
    expectProblem(await test.get(`/v1/transfers/${id}/receipt`, "stats-key"), 403, "forbidden");
  });

  it("is not there where the deployment has no key, and neither are keys", async () => {
    test.deps.receiptSigner = undefined;
    expectProblem(await test.get(`/v1/transfers/${id}/receipt`), 404, "not-found");
    expectProblem(await test.get("/.well-known/jwks.json", ""), 404, "not-found");
  });

  it("has its keys told to anyone: public ones only, the retired ones too", async () => {
    const response = await test.get("/.well-known/jwks.json", "");
    expect(response.headers["cache-control"]).to.contain("public");
    const { keys } = response.json();
    expect(keys).to.have.length(2);
    for (const key of keys) expect(key).to.include({ kty: "OKP", crv: "Ed25519", use: "sig" }).and.not.to.have.property("d");
  });

  it("rests on the events that the contract has", () => {
    const contract = TransferStateRepo__factory.createInterface();
    const topics = ["TransferStarted", "TransferPending", "TransferCompleted"].map(
      (name) => contract.getEvent(name as never)?.topicHash,
    );
    expect([STARTED, PENDING, COMPLETED].map((signature) => eventTopic(signature))).to.deep.equal(topics);
  });
});
