import { createHash } from "node:crypto";
import { join } from "node:path";
import { CloudEvent } from "cloudevents";
import { Wallet } from "ethers";
import { createCoalescingPoster } from "../../src/banks/coalescing-poster.js";
import { createRestConnector } from "../../src/banks/rest-connector.js";
import type { FaultSettings } from "../../src/banks/simulators/bank-schemas.js";
import { openLedger } from "../../src/banks/simulators/ledger.js";
import { createBankServer } from "../../src/banks/simulators/server.js";
import type { Chain } from "../../src/chain/connect-chain.js";
import { createAccountDirectory } from "../../src/chain/contracts/directories.js";
import { DEFAULT_FEE_POLICY } from "../../src/chain/sending/fees.js";
import { createTransitionSender } from "../../src/chain/sending/transition-senders.js";
import { sealDetails } from "../../src/domain/details.js";
import { sealAccount } from "../../src/domain/sealed-account.js";
import { createOpener, createSealer } from "../../src/domain/sealing.js";
import { createChainClock } from "../../src/functions/chain-clock.js";
import type { LegDeps } from "../../src/functions/handle-events.js";
import type { Leg } from "../../src/functions/leg.js";
import { SILENT } from "../../tools/support/logger.js";
import { tempFolder } from "../banks/helpers/temp-folder.js";
import { PAYEE_BANK, PAYER_BANK, randomRequestHash, type TestChain } from "./chain.js";

export const ACCOUNT = "1112223334";
const TOKEN = "test-token";
const AMOUNT_MINOR = 12_345n;

/**
 * A bank with its ledger, a customer at each of two banks by phone number, and what a function needs to act for the bank.
 *
 * @param bank The payer's bank, or the payee's.
 */
export async function startLegNetwork(testChain: TestChain, openingMinor: bigint, bank = PAYER_BANK) {
  const { chain, secrets } = testChain;
  const folder = tempFolder();
  const ledger = openLedger({ path: join(folder.path, "ledger.sqlite"), bank, clock: Date.now });
  ledger.seedAccount({ number: ACCOUNT, currency: "THB", openingMinor, status: "open" });
  const server = createBankServer({ ledger, token: TOKEN, logger: SILENT, faultsEnabled: true });
  const baseUrl = await server.listen({ host: "127.0.0.1", port: 0 });
  const connector = createRestConnector({ baseUrl, token: TOKEN, timeoutMs: 2_000, logger: SILENT, settleDelayMs: 5 });
  const poster = createCoalescingPoster(connector, { maxBatch: 100, windowMs: 1 });
  const sealer = createSealer();
  const keysOf = (bank: string) => secrets.banks.find(({ id }) => id === bank) as (typeof secrets.banks)[number];
  const recipient = (bank: string) => ({ bank, keyVersion: 1, publicKey: keysOf(bank).sealing.publicKey });
  const aliases = { payer: randomRequestHash(), payee: randomRequestHash() };

  async function enter(method: "register" | "update", bank: string, aliasId: string, account: string): Promise<number> {
    const operators = new Map([[bank, new Wallet(keysOf(bank).accountsOperatorKey)]]);
    const directory = createAccountDirectory({ chain, logger: SILENT }, operators, DEFAULT_FEE_POLICY);
    const sealedAccount = await sealAccount(sealer, recipient(bank), { aliasId, bank, account });
    const { version } = await directory.write(bank, { method, aliasId, sealedAccount });
    if (version === undefined) throw new Error(`The chain gave no version of the entry that it took by ${method}`);
    return version;
  }
  const versions = {
    payer: await enter("register", PAYER_BANK, aliases.payer, ACCOUNT),
    payee: await enter("register", PAYEE_BANK, aliases.payee, ACCOUNT),
  };

  return {
    payerBank: PAYER_BANK,
    ledger,
    bank: { post: poster.post, find: connector.find, close: connector.close },
    balanceMinor: (account = ACCOUNT) => ledger.account(account)?.balanceMinor,
    /** Moves the payer's number to another account of the same bank. */
    movePayerTo: (account: string) => enter("update", PAYER_BANK, aliases.payer, account),
    /** Replaces the bank's faults; `{}` ends them. */
    async setFaults(faults: FaultSettings): Promise<void> {
      const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
      const response = await fetch(`${baseUrl}/v1/faults`, { method: "PUT", headers, body: JSON.stringify(faults) });
      if (!response.ok) throw new Error(await response.text());
    },
    /** Starts a transfer between the two customers, with sealed details. `aliasVersion`: of the bank's own customer. */
    async start(of: { aliasVersion?: number; garbled?: boolean } = {}): Promise<string> {
      const requestHash = randomRequestHash();
      const transferId = testChain.idOf(requestHash);
      const binding = { domain: testChain.deployment.domain, transferId, currencyNumeric: 764, amountMinor: AMOUNT_MINOR };
      const own = of.aliasVersion === undefined ? {} : { [bank === PAYER_BANK ? "payer" : "payee"]: of.aliasVersion };
      const { payer, payee } = { ...versions, ...own };
      const details = await sealDetails(sealer, {
        payer: { recipient: recipient(PAYER_BANK), details: { aliasId: aliases.payer, aliasVersion: payer } },
        payee: { recipient: recipient(PAYEE_BANK), details: { aliasId: aliases.payee, aliasVersion: payee } },
        binding: { ...binding, payerBank: PAYER_BANK, payeeBank: PAYEE_BANK },
      });
      if (of.garbled) details[60] = (details[60] ?? 0) ^ 1;
      await testChain.start([requestHash], `0x${Buffer.from(details).toString("hex")}`);
      return transferId;
    },
    /** What a leg of the bank works with; through another connection, if given. */
    legDeps(leg: Leg, through: Chain = chain): LegDeps {
      const { provider, deployment } = through;
      const keys = keysOf(bank);
      const signer = new Wallet(keys.functions[leg.kind].operatorKey);
      return {
        leg,
        bankId: bank,
        bank: this.bank,
        chain: through,
        finality: { confirmations: 0 },
        chainClock: createChainClock(),
        sender: createTransitionSender({ signer, provider, deployment, logger: SILENT }),
        opener: createOpener(new Map([[1, keys.sealing.privateKey]])),
        logger: SILENT,
      };
    },
    close: async () => {
      await connector.shutdown();
      await server.close();
      ledger.shutdown();
      folder.remove();
    },
  };
}

/** An event of a transfer as a watcher would send it. */
export function eventOf(transferId: string, sequence: number | bigint, type = "eventmachine.transfer.started") {
  const id = createHash("sha256").update(`${transferId} ${sequence} ${type}`).digest("hex");
  return new CloudEvent<unknown>({ id, source: "/chains/31337", type, subject: transferId, sequence: String(sequence) });
}
