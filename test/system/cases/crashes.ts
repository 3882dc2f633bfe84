import { expect } from "chai";
import { postingReference } from "../../../src/domain/posting.js";
import { stateNumber } from "../../../src/domain/transfer-state.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { expectOutcome } from "../expect-outcome.js";

// The API most often dies before it has sent anything when it is killed on its answer; so often is tried until it does.
const KILLS_MAX = 8;
// A start of a process that is gone is taken over once its lease of 30 s has run out.
const TAKE_OVER_MS = 45_000;

/** Processes killed with -9 at the worst of moments. */
export function describeCrashes(system: () => System): void {
  describe("kill -9", () => {
    for (const kind of ["debit", "credit"] as const) {
      it(`of the ${kind} function between the bank's call and the contract's ends COMPLETED, posted once`, async () => {
        const { api, kill, newPayer, newPayee, payerBank, payeeBank, stack } = system();
        const [payer, payee] = [await newPayer(50_000n), await newPayee()];
        const bank = kind === "debit" ? payerBank : payeeBank;
        await bank.setFaults({ kind, holdReplyAfterCommit: true });
        const { id } = (await api.post(transferBody(payer, payee))).body;
        await waitFor(`the bank has the ${kind}`, () => bank.find(postingReference(id, kind)));

        await kill(`${bank.name}-${kind}`);
        expect((await api.transfer(id)).state).equal(kind === "debit" ? "STARTED" : "PENDING");
        await bank.setFaults({});
        await stack.restart(`${bank.name}-${kind}`);

        await expectOutcome(system(), id, { state: "COMPLETED" });
        expect(await payerBank.balance(payer.account)).equal(40_000n);
        expect(await payeeBank.balance(payee.account)).equal(10_000n);
      });
    }

    it("of the refund function between the bank's call and the contract's ends REVERSED, refunded once", async () => {
      const { api, kill, newPayer, newPayee, payerBank, payeeBank, stack } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      await payeeBank.closeAccount(payee.account);
      await payerBank.setFaults({ kind: "refund", holdReplyAfterCommit: true });
      const { id } = (await api.post(transferBody(payer, payee))).body;
      await waitFor("the bank has the refund", () => payerBank.find(postingReference(id, "refund")));

      await kill("faas-refund");
      await payerBank.setFaults({});
      await stack.restart("faas-refund");

      await expectOutcome(system(), id, { state: "REVERSED", reason: "AC04" });
      expect(await payerBank.balance(payer.account)).equal(50_000n);
    });

    it("of both banks while transfers are under way: each ends as its postings say", async () => {
      const { api, kill, newPayer, newPayee, stack } = system();
      const [payer, payee] = [await newPayer(), await newPayee()];
      const answers = await Promise.all(Array.from({ length: 10 }, () => api.post(transferBody(payer, payee, 100n))));
      await Promise.all([kill("bank-faas"), kill("bank-whsk")]);
      await Promise.all([stack.restart("bank-faas"), stack.restart("bank-whsk")]);
      for (const { body } of answers) {
        const { state, reason } = await system().final(body.id);
        await expectOutcome(system(), body.id, reason === undefined ? { state } : { state, reason });
      }
    });

    it("of the API after its 202, and of the watcher too: every accepted transfer ends, once, without the client", async function () {
      this.timeout(120_000);
      const { kill, newPayer, newPayee, payerBank, stack } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      const body = transferBody(payer, payee, 1_000n);

      const ids = [
        await killBeforeMining(system(), body),
        await killAfterMining(system(), body),
        ...(await killBeforeBroadcast(system(), body)),
      ];

      await kill("watcher");
      await stack.restart("watcher");

      for (const id of ids) await expectOutcome(system(), id, { state: "COMPLETED" }, TAKE_OVER_MS);
      expect(new Set(ids).size).equal(ids.length);
      expect(await payerBank.balance(payer.account)).equal(50_000n - 1_000n * BigInt(ids.length));
    });
  });
}

type Body = ReturnType<typeof transferBody>;

/** Kills the API on its answers until the chain knows nothing of a transfer that was accepted. Returns all that were. */
async function killBeforeBroadcast(system: System, body: Body): Promise<string[]> {
  const { api, chain, kill, stack } = system;
  const ids: string[] = [];
  for (let kills = 0; kills < KILLS_MAX; kills += 1) {
    const { id } = (await api.post(body)).body;
    await kill("api");
    ids.push(id);
    const { phase } = await chain.transfers.get(id);
    await stack.restart("api");
    if (Number(phase) === stateNumber("NONE")) return ids;
  }
  throw new Error(`The API had sent the start each of ${KILLS_MAX} times before it could be killed`);
}

/** Kills the API when its transaction is in the node's pool and in no block yet. */
async function killBeforeMining(system: System, body: Body): Promise<string> {
  const { api, chain, kill, stack, store } = system;
  await chain.provider.send("evm_setAutomine", [false]);
  let id: string;
  try {
    id = (await api.post(body)).body.id;
    // The contract makes the id of the request's hash: the calldata holds the hash, not the id.
    const [entry] = await store.query("select request_hash from journal where transfer_id = $1", [id]);
    const requestHash = String(entry?.request_hash).slice(2);
    await waitFor("the start is in the pool", async () => {
      const pending = (await chain.provider.send("eth_getBlockByNumber", ["pending", true])) as {
        transactions: { input: string }[];
      };
      return pending.transactions.some(({ input }) => input.includes(requestHash));
    });
    await kill("api");
  } finally {
    // The cases after this one need blocks, whatever becomes of it.
    await chain.provider.send("evm_setAutomine", [true]);
  }
  await chain.provider.send("evm_mine", []);
  await stack.restart("api");
  return id;
}

/** Kills the API when its transaction is mined. */
async function killAfterMining(system: System, body: Body): Promise<string> {
  const { api, chain, kill, stack } = system;
  const { id } = (await api.post(body)).body;
  await waitFor("the chain has the start", () => chain.transfers.isKnown(id));
  await kill("api");
  await stack.restart("api");
  return id;
}
