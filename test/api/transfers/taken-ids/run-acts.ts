import { createHash } from "node:crypto";
import { type JsonRpcProvider, type JsonRpcSigner, Wallet } from "ethers";
import { DEMO_ORGANISATION } from "../../../../scripts/stack/demo-network.js";
import { readStarts, readTransfers } from "../../../../src/chain/contracts/read-transfers.js";
import { hexFromBytes } from "../../../../src/domain/hex.js";
import { bankIdToBytes, organisationToBytes, requestHashOf, transferId } from "../../../../src/domain/ids.js";
import { haveSameTerms } from "../../../../src/domain/start-terms.js";
import { until } from "../../../../tools/support/until.js";
import { BankRepo__factory, TransferStateRepo__factory } from "../../../../types/ethers-contracts/index.js";
import { bareProvider, PAYEE_BANK, PAYER_BANK, type TestChain } from "../../../support/chain.js";
import { untilCaughtUp } from "../../../support/watching.js";
import { type Act, KEYS, OUTSIDERS, OWN_ORGANISATION } from "./acts.js";
import type { openApi } from "./open-api.js";

const PRINCIPAL = "alice";
const THB = 764;
const OTHER_DETAILS = `0x${"07".repeat(40)}`;
const ETHER = `0x${(10n ** 20n).toString(16)}`;

/** Two other organisations that the payer's bank admits, and the API's own; each by its admin. */
export async function addOrganisations(testChain: TestChain) {
  const { url, deployment, secrets } = testChain;
  const provider = bareProvider(url);
  const network: JsonRpcSigner = await provider.getSigner(0);
  const bankAdmin = new Wallet(secrets.banks.find(({ id }) => id === PAYER_BANK)?.adminKey ?? "", provider);
  const repo = (runner: Wallet | JsonRpcSigner) => BankRepo__factory.connect(deployment.contracts.bankRepo, runner);
  const others = ["rival-a", "rival-b"].map((name) => ({ name, admin: walletOf(name, provider) }));
  for (const { name, admin } of others) {
    await testChain.rpc("hardhat_setBalance", admin.address, ETHER);
    await (await repo(network).addOrganisation(organisationToBytes(name), admin.address)).wait();
    await (await repo(bankAdmin).admitOrganisation(bankIdToBytes(PAYER_BANK), organisationToBytes(name))).wait();
  }
  const own = { name: DEMO_ORGANISATION, admin: new Wallet(secrets.organisationAdminKey, provider) };
  return {
    provider,
    all: [...others, own].map(({ name, admin }) => ({ id: organisationToBytes(name), repo: repo(admin) })),
  };
}

type Organisations = Awaited<ReturnType<typeof addOrganisations>>;
type Api = Awaited<ReturnType<typeof openApi>>;

/**
 * Carries out one run's acts, asks the API for every key again, and says what was wrong.
 *
 * @param options.organisationOf Where an outsider's address goes that is to be added to an organisation: another one, to try this checker.
 */
export async function runActs(
  { testChain, api, organisations }: { testChain: TestChain; api: Api; organisations: Organisations },
  run: string,
  acts: readonly Act[],
  { organisationOf = (organisation: number) => organisation } = {},
): Promise<string[]> {
  const { provider } = organisations;
  const outsiders = Array.from({ length: OUTSIDERS }, (_, index) => walletOf(`${run} ${index}`, provider));
  for (const { address } of outsiders) await testChain.rpc("hardhat_setBalance", address, ETHER);
  const deadline = (await testChain.chain.provider.getBlock("latest"))?.timestamp ?? 0;
  const keyOf = (key: number) => `${run}-${key}`;
  const idOf = (key: number) =>
    transferId({
      domain: testChain.deployment.domain,
      organisation: DEMO_ORGANISATION,
      principal: PRINCIPAL,
      idempotencyKey: keyOf(key),
    });
  /** Keys that an address of the API's own organisation may have taken. */
  const takenByOwn = new Set<number>();
  const memberOf = new Map<number, number>();
  const problems: string[] = [];

  async function startItems(act: Extract<Act, { do: "start" }>) {
    return act.keys.map((key) => {
      const made = api.made.get(idOf(key));
      const details = act.details === "copied" && made !== undefined ? hexFromBytes(made.details) : OTHER_DETAILS;
      const requestHash = requestHashOf({ principal: PRINCIPAL, idempotencyKey: keyOf(key) });
      const banks = { payerBank: bankIdToBytes(PAYER_BANK), payeeBank: bankIdToBytes(PAYEE_BANK) };
      return { requestHash, ...banks, currency: THB, amount: BigInt(act.amount), deadline: deadline + 3_600, details };
    });
  }

  async function carryOut(act: Act): Promise<void> {
    switch (act.do) {
      case "post":
        return await check(act.key, act.amount);
      case "join": {
        const { id, repo } = organisationAt(organisations, organisationOf(act.organisation));
        const address = outsiders[act.outsider]?.address ?? "";
        const isAdded = await isMined(repo.addInitiator(id, address));
        if (isAdded) memberOf.set(act.outsider, act.organisation);
        return;
      }
      case "leave": {
        const { id, repo } = organisationAt(organisations, organisationOf(act.organisation));
        await isMined(repo.removeInitiator(id, outsiders[act.outsider]?.address ?? ""));
        return;
      }
      case "rob": {
        if (act.organisation === OWN_ORGANISATION) return;
        const { id, repo } = organisationAt(organisations, act.organisation);
        if (await isMined(repo.addInitiator(id, new Wallet(testChain.secrets.initiatorKey).address)))
          problems.push("another organisation has added the API's own initiator");
        return;
      }
      case "start": {
        const contract = TransferStateRepo__factory.connect(
          testChain.deployment.contracts.transferStateRepo,
          outsiders[act.outsider] as Wallet,
        );
        if (memberOf.get(act.outsider) === OWN_ORGANISATION) for (const key of act.keys) takenByOwn.add(key);
        const items = await startItems(act);
        if (act.isBatch) await isMined(contract.startBatch(items));
        else for (const item of items) await isMined(contract.start(item));
        return;
      }
      case "complete": {
        const [transfer] = await readTransfers(testChain.chain, [idOf(act.key)], await testChain.blockNumber());
        if (transfer?.state === "STARTED") await testChain.advance([transfer.id], "PENDING");
        if (transfer?.state === "STARTED" || transfer?.state === "PENDING") await testChain.advance([transfer.id], "COMPLETED");
      }
    }
  }

  /** Asks the API for a transfer, and judges its answer by what the chain has and what the API made. */
  async function check(key: number, amount: number): Promise<void> {
    const id = idOf(key);
    const response = await api.post(keyOf(key), amount);
    const body = response.json<{ id?: string; state?: string; cause?: string; field?: string; amount?: { amount: string } }>();
    const say = (what: string) => problems.push(`${what}: key ${key}, answer ${response.statusCode} ${response.body}`);
    if (response.statusCode >= 500) return void say("the API failed");
    if (response.statusCode === 422) {
      if (body.field === undefined && !takenByOwn.has(key)) say("the chain has another's transfer under the API's id");
      return;
    }
    if (body.id !== id) return void say("another transfer answers");
    const made = api.made.get(id);
    if (made === undefined) return void say("the API answers with a transfer that it did not make");
    if (body.amount?.amount !== made.amountMinor.toString()) say("the answer has another amount than the request");
    if (body.cause === "exists" && !takenByOwn.has(key)) say("another organisation has taken the id");
    if (body.state === "NONE" || body.cause !== undefined) return;
    const toBlock = await testChain.blockNumber();
    const found = (await readStarts(testChain.chain, [id], { fromBlock: testChain.deployment.fromBlock, toBlock })).get(id);
    if (found !== undefined && !haveSameTerms(found, made)) say("the answer is of a transfer with other terms than the API's");
    if (found?.details !== hexFromBytes(made.details))
      say("the answer is of a transfer whose sealed details the API did not make");
  }

  for (const act of acts) await carryOut(act);
  await until("all accepted starts are settled", () => api.isAtRest());
  await untilCaughtUp(testChain.chain, api.store.db);
  for (let key = 0; key < KEYS; key += 1)
    if (api.made.has(idOf(key))) await check(key, Number(api.made.get(idOf(key))?.amountMinor));
  return problems;
}

function organisationAt(organisations: Organisations, index: number) {
  const found = organisations.all[index];
  if (found === undefined) throw new RangeError(`There is no organisation ${index}`);
  return found;
}

/** The same text is the same key in every run of the same seed. */
function walletOf(text: string, provider: JsonRpcProvider): Wallet {
  return new Wallet(`0x${createHash("sha256").update(text).digest("hex")}`, provider);
}

/** Whether a transaction was mined and succeeded; a refusal of the contract is an answer like any other. */
async function isMined(sent: Promise<{ wait(): Promise<{ status: number | null } | null> }>): Promise<boolean> {
  try {
    return (await (await sent).wait())?.status === 1;
  } catch (error) {
    if (/revert/i.test(String(error))) return false;
    throw error;
  }
}
