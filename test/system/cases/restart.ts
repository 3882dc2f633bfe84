import { expect } from "chai";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import type { TransferResource } from "../../../src/api/http/schemas.js";
import type { System } from "../../../tools/system/stack.js";
import { transferBody } from "../../../tools/system/stack.js";

const KEY = "my-first-transfer";
const AMOUNT_MINOR = 10_000n;

/** Stopping and starting again in the same folder: a fresh chain, under banks and a store that are not. To be run last of all. */
export function describeRestart(system: () => System, restart: () => Promise<void>): void {
  describe("started again in the same folder", () => {
    let firstId: string;
    let balances: bigint[];
    let entries: number;

    before(async function () {
      this.timeout(180_000);
      firstId = (await send(system())).id;
      balances = await readBalances(system());
      entries = await countEntries(system());
      await restart();
    });

    it("is ready, and the projection is of the fresh chain alone", async () => {
      const { api, chain, store } = system();
      expect(await api.statusOf("/readyz")).equal(200);
      expect((await store.query("select domain from chain")).map(({ domain }) => domain)).deep.equal([chain.deployment.domain]);
      expect(await store.query("select 1 from transfers")).deep.equal([]);
    });

    it("the banks have kept their ledgers", async () => {
      expect(await readBalances(system())).deep.equal(balances);
      expect(await countEntries(system())).equal(entries);
    });

    it("a transfer of the chain before reads COMPLETED and final, of an earlier chain, alone and in the list", async () => {
      const { api } = system();
      const alone = await api.transfer(firstId);
      expect(alone).deep.include({ state: "COMPLETED", final: true });
      expect(alone.earlierChain).deep.include({ outcome: "final" });
      const { transfers } = (await api.call<{ transfers: TransferResource[] }>("/v1/transfers?limit=100")).body;
      expect(transfers.find(({ id }) => id === firstId)).deep.equal(alone);
      expect(transfers.filter(({ earlierChain }) => earlierChain === undefined)).deep.equal([]);
    });

    it("the same request under the same key answers with the earlier transfer and moves no money", async () => {
      const { id, replayed } = await send(system(), KEY);
      expect([id, replayed]).deep.equal([firstId, true]);
      expect(await readBalances(system())).deep.equal(balances);
    });

    it("another request under that key is refused", async () => {
      const [payer, payee] = DEMO_BANKS;
      const { status } = await system().api.post(transferBody(payer, payee, AMOUNT_MINOR + 1n), { key: KEY });
      expect(status).equal(422);
    });

    it("a request under another key is a new transfer, once", async () => {
      const [first, second] = [await send(system(), "my-second-transfer"), await send(system(), "my-second-transfer")];
      expect([first.replayed, second.replayed, second.id]).deep.equal([false, true, first.id]);
      const [payer = 0n, payee = 0n] = balances;
      expect(await readBalances(system())).deep.equal([payer - AMOUNT_MINOR, payee + AMOUNT_MINOR]);
    });
  });
}

async function send({ api }: System, key = KEY): Promise<{ id: string; replayed: boolean }> {
  const [payer, payee] = DEMO_BANKS;
  const { headers, body } = await api.post(transferBody(payer, payee, AMOUNT_MINOR), { key, waitSeconds: 20 });
  expect(body.state).equal("COMPLETED");
  return { id: body.id, replayed: headers.has("idempotent-replayed") };
}

async function readBalances({ payerBank, payeeBank }: System): Promise<bigint[]> {
  const [payer, payee] = DEMO_BANKS;
  return await Promise.all([payerBank.balance(payer.account), payeeBank.balance(payee.account)]);
}

async function countEntries({ payerBank, payeeBank }: System): Promise<number> {
  const [atPayers, atPayees] = await Promise.all([payerBank.entries(), payeeBank.entries()]);
  return atPayers.length + atPayees.length;
}
