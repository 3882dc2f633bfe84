import { expect } from "chai";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import type { System } from "../stack.js";
import { transferBody } from "../stack.js";

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

    it("is ready, and the store is rebuilt: it knows no transfer of the chain before", async () => {
      const { api, chain, store } = system();
      expect(await api.statusOf("/readyz")).equal(200);
      expect(await api.statusOf(`/v1/transfers/${firstId}/events`)).equal(200);
      expect((await store.query("select domain from chain")).map(({ domain }) => domain)).deep.equal([chain.deployment.domain]);
      expect(await store.query("select 1 from transfers")).deep.equal([]);
    });

    it("the banks have kept their ledgers", async () => {
      expect(await readBalances(system())).deep.equal(balances);
      expect(await countEntries(system())).equal(entries);
    });

    it("the same request under the same key is a new transfer and moves money again", async () => {
      const { id, replayed } = await send(system());
      expect(id).not.equal(firstId);
      expect(replayed).equal(false);
      expect(await system().postings(id)).deep.equal({ debit: 1, credit: 1, refund: 0 });
      const [payer = 0n, payee = 0n] = balances;
      expect(await readBalances(system())).deep.equal([payer - AMOUNT_MINOR, payee + AMOUNT_MINOR]);
    });

    it("the same request once more, on this chain, moves nothing", async () => {
      const before = await readBalances(system());
      expect((await send(system())).replayed).equal(true);
      expect(await readBalances(system())).deep.equal(before);
    });
  });
}

async function send({ api }: System): Promise<{ id: string; replayed: boolean }> {
  const [payer, payee] = DEMO_BANKS;
  const { headers, body } = await api.post(transferBody(payer, payee, AMOUNT_MINOR), { key: KEY, waitSeconds: 20 });
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
