import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DEMO_BANKS } from "../../scripts/stack/demo-network.js";
import { ganacheCommand, ganachePath } from "../../scripts/stack/ganache.js";
import type { Problem } from "../../tools/system/api-client.js";
import { type System, startSystem, transferBody } from "../../tools/system/stack.js";

const AMOUNT_MINOR = 12_345n;
// Each key of the stack gets its ether from the first account.
const ACCOUNTS = 1;

describe("the whole system on Ganache 7.9.2", function () {
  this.timeout(60_000);
  this.slow(5_000);
  let dataDir: string | undefined;
  let running: System | undefined;
  const system = () => {
    if (running === undefined) throw new Error("The system is not running");
    return running;
  };

  before(async function () {
    this.timeout(300_000);
    const path = await ganachePath();
    if (path === undefined) {
      console.log("skipped: no ganache");
      this.skip();
    }
    dataDir = await mkdtemp(join(tmpdir(), "event-machine-test-"));
    running = await startSystem(dataDir, { chainCommand: (port) => ganacheCommand(path, { port, accounts: ACCOUNTS }) });
  });

  after(async () => {
    await running?.stop();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  });

  it("completes a transfer, and the money is at the other bank once", async () => {
    const { api, payerBank, payeeBank, postings } = system();
    const [payer, payee] = DEMO_BANKS;
    const balances = () => Promise.all([payerBank.balance(payer.account), payeeBank.balance(payee.account)]);
    const [payerBefore, payeeBefore] = await balances();

    const { status, body } = await api.post(transferBody(payer, payee, AMOUNT_MINOR), { waitSeconds: 30 });

    expect({ status, state: body.state }).deep.equal({ status: 200, state: "COMPLETED" });
    expect((await api.events(body.id)).map(({ state }) => state)).deep.equal(["STARTED", "PENDING", "COMPLETED"]);
    expect(await balances()).deep.equal([payerBefore - AMOUNT_MINOR, payeeBefore + AMOUNT_MINOR]);
    expect(await postings(body.id)).deep.equal({ debit: 1, credit: 1, refund: 0 });
  });

  it("refunds the payer once when the payee's bank refuses the credit", async () => {
    const { api, newPayer, newPayee, payeeBank, final, postings } = system();
    const [payer, payee] = [await newPayer(), await newPayee()];
    await payeeBank.closeAccount(payee.account);

    const { body } = await api.post(transferBody(payer, payee));

    expect((await final(body.id)).state).equal("REVERSED");
    expect(await postings(body.id)).deep.equal({ debit: 1, credit: 0, refund: 1 });
  });

  it("answers 409 to the registration of a number that another bank holds, by the reason that the contract gives", async () => {
    const { api } = system();
    const [payer, payee] = DEMO_BANKS;
    const { status, body } = await api.call<Problem>("/v1/phone-accounts", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ phone: payer.phone, bank: payee.id, account: payee.account }),
    });
    expect({ status, type: body.type.split("/").at(-1) }).deep.equal({ status: 409, type: "conflict" });
  });
});
