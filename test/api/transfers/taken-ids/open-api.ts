import { Wallet } from "ethers";
import { DEMO_ORGANISATION } from "../../../../scripts/stack/demo-network.js";
import { createApi } from "../../../../src/api/app.js";
import type { ApiDeps } from "../../../../src/api/deps.js";
import { createAccountDirectory, createBankDirectory } from "../../../../src/chain/contracts/directories.js";
import { DEFAULT_FEE_POLICY } from "../../../../src/chain/sending/fees.js";
import { createStartSender } from "../../../../src/chain/sending/transition-senders.js";
import { sealAccount } from "../../../../src/domain/sealed-account.js";
import type { JournalEntry } from "../../../../src/domain/transfer-record.js";
import { createJournal } from "../../../../src/store/transfers/journal.js";
import { createTransferReader } from "../../../../src/store/transfers/transfer-reader.js";
import { createStarter } from "../../../../src/submission/start-submitter.js";
import { createFakeDeps, PAYEE_PHONE, PAYER_PHONE } from "../../../../tools/api-fakes/fake-deps.js";
import { SILENT } from "../../../../tools/support/logger.js";
import { PAYEE_BANK, PAYER_BANK, type TestChain } from "../../../support/chain.js";
import { startTestStore, startWatching } from "../../../support/watching.js";

const CUSTOMERS = [
  [PAYER_PHONE, PAYER_BANK],
  [PAYEE_PHONE, PAYEE_BANK],
] as const;
/** The chains that know the customers already: several APIs share one. */
const REGISTERED = new WeakSet<TestChain>();

/** Longer than any test. */
const HELD_MS = 600_000;

/** A wrong part in the place of a right one, to try the checker with. */
export interface Plants {
  transfers?(
    transfers: ApiDeps["transfers"],
    raw: (id: string) => ReturnType<ApiDeps["transfers"]["find"]>,
  ): ApiDeps["transfers"];
  /** Keeps the API's accepted starts from the chain, so that another's start comes first for certain. */
  holdsStarts?: boolean;
}

/**
 * The API with its real journal, starter, projection and chain; only what has nothing to do with starting transfers is a test's fake.
 * `made` has the sealed details that the API itself made, by transfer id.
 */
export async function openApi(testChain: TestChain, plants: Plants = {}) {
  const { chain, secrets, deployment } = testChain;
  const store = await startTestStore();
  const watching = startWatching(chain, store.db);
  const fakes = await createFakeDeps();
  const made = new Map<string, JournalEntry>();
  const journal = createJournal(store.db, deployment.domain);
  const { close: closeReader, ...reader } = createTransferReader(store.db, () => () => undefined);
  const signer = new Wallet(secrets.initiatorKey);
  const sender = createStartSender({ signer, provider: chain.provider, deployment, logger: SILENT });
  const starter = createStarter({
    journal,
    chain,
    finality: { confirmations: 0 },
    sender,
    initiator: { address: signer.address, organisation: DEMO_ORGANISATION },
    logger: SILENT,
    lookIntervalMs: plants.holdsStarts ? HELD_MS : 50,
  });
  const transfers = { ...fakes.transfers, ...reader };
  const operators = new Map(secrets.banks.map(({ id, accountsOperatorKey }) => [id, new Wallet(accountsOperatorKey)]));
  const accounts = createAccountDirectory({ chain, logger: SILENT }, operators, DEFAULT_FEE_POLICY);
  const banks = createBankDirectory(chain, new Map(), () => performance.now());
  const api = createApi({
    ...fakes,
    logger: SILENT,
    network: {
      domain: deployment.domain,
      chainId: deployment.chainId,
      contract: deployment.contracts.transferStateRepo,
      organisation: DEMO_ORGANISATION,
    },
    journal: {
      insert: async (entry) => {
        const isNew = await journal.insert(entry);
        if (isNew) made.set(entry.transferId, entry);
        return isNew;
      },
    },
    transfers: plants.transfers?.(transfers, reader.find) ?? transfers,
    accounts,
    banks: { ...fakes.banks, ...banks },
    starter: plants.holdsStarts ? { wake: () => undefined } : starter,
    clock: Date.now,
    monotonicMs: () => performance.now(),
  });
  await api.ready();
  const customers = REGISTERED.has(testChain) ? [] : CUSTOMERS;
  REGISTERED.add(testChain);
  for (const [phone, bank] of customers) {
    const recipient = await banks.sealingRecipient(bank);
    if (recipient === undefined) throw new Error(`There is no sealing key of ${bank}`);
    const aliasId = fakes.alias(phone);
    await accounts.register(bank, aliasId, await sealAccount(fakes.sealer, recipient, { aliasId, bank, account: "1112223334" }));
  }
  return {
    made,
    store,
    async post(idempotencyKey: string, amount: number) {
      const body = {
        payer: { phone: PAYER_PHONE },
        payee: { phone: PAYEE_PHONE },
        amount: { amount: String(amount), currency: "THB" },
      };
      return await api.inject({
        method: "POST",
        url: "/v1/transfers",
        headers: { authorization: "Bearer alice-key", "idempotency-key": idempotencyKey, "content-type": "application/json" },
        payload: JSON.stringify(body),
      });
    },
    /** Resolves once no accepted start waits to be sent or to be judged. */
    async isAtRest(): Promise<boolean> {
      return plants.holdsStarts === true || (await store.rows("select 1 from journal where status = 'accepted'")).length === 0;
    },
    async close(): Promise<void> {
      await api.close();
      await starter.close();
      closeReader();
      await watching.stop();
      await store.close();
    },
  };
}
