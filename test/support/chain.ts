import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JsonRpcProvider, Wallet } from "ethers";
import hre from "hardhat";
import { deployNetwork } from "../../scripts/ops/deploy-network.js";
import type { Members } from "../../scripts/ops/members.js";
import { DEMO_ORGANISATION } from "../../scripts/stack/demo-network.js";
import { loadSecrets, membersOf, type StackSecrets } from "../../scripts/stack/secrets.js";
import { type Chain, connectChain } from "../../src/chain/connect-chain.js";
import type { Deployment } from "../../src/chain/deployment.js";
import { bankIdToBytes, deriveTransferId } from "../../src/domain/ids.js";
import { type State, stateNumber } from "../../src/domain/transfer-state.js";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";

export const PAYER_BANK = "FAASTHB1";
export const PAYEE_BANK = "WHSKTHB1";
const THB = 764;
const EVIDENCE = `0x${"e1".repeat(32)}`;
const DEADLINE_SECONDS = 3_600;

/** A Hardhat chain behind HTTP, with the contracts and two banks on it, to oneself until it is closed. */
export type TestChain = Awaited<ReturnType<typeof startTestChain>>;

/** A node with the contracts; `restore` takes it back to where it was when they had just been deployed. */
type TestNode = Awaited<ReturnType<typeof startNode>>;

// Deploying takes longer than most tests do: what one suite of this process has closed serves the next.
const idle: TestNode[] = [];

/** @param free A chain on which gas costs nothing, and nobody but the deployer has any ether. */
export async function startTestChain({ free = false } = {}) {
  const node = (free ? undefined : idle.pop()) ?? (await startNode(free));
  const { url, deployment, deploymentFile, secrets } = node;
  const chain = connectChain(url, deployment);
  const { provider } = chain;
  const rpc = (method: string, ...params: unknown[]) => provider.send(method, params);

  let snapshot: unknown;

  return {
    url,
    deployment,
    deploymentFile,
    secrets,
    chain,
    rpc,
    ...writers(chain, secrets),
    /** Another connection, e.g. through a proxy. */
    connect: (otherUrl: string): Chain => connectChain(otherUrl, deployment),
    /** Takes the chain back to where it was at the last call; the first call marks where that is. */
    reset: async () => {
      if (snapshot !== undefined) await rpc("evm_revert", snapshot);
      snapshot = await rpc("evm_snapshot");
    },
    blockNumber: async () => Number(await rpc("eth_blockNumber")),
    // One by one: the blocks of `hardhat_mine` have other parents after an `evm_revert`.
    mine: async (blocks: number) => {
      for (let count = 0; count < blocks; count += 1) await rpc("evm_mine");
    },
    close: async () => {
      chain.close();
      if (free) return await node.stop();
      await node.restore();
      idle.push(node);
    },
  };
}

// At the root of the run, since this file is loaded outside of any suite.
after(async function stopChains() {
  await Promise.all(idle.splice(0).map((node) => node.stop()));
});

async function startNode(free: boolean) {
  const network = { network: "localchain", override: free ? { initialBaseFeePerGas: 0 } : {} };
  const server = await hre.network.createServer(network, "127.0.0.1", 0);
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "event-machine-chain-"));
  const deploymentFile = join(folder, "deployment.json");
  const secrets = await loadSecrets(join(folder, "secrets.json"), [PAYER_BANK, PAYEE_BANK]);
  const members = membersOf(secrets);
  const deployment = await deploy(url, free ? { ...members, fundWei: "0" } : members, deploymentFile);
  const provider = bareProvider(url);
  let deployed: unknown = await provider.send("evm_snapshot", []);
  return {
    url,
    deployment,
    deploymentFile,
    secrets,
    restore: async () => {
      await provider.send("evm_setIntervalMining", [0]);
      await provider.send("evm_setAutomine", [true]);
      await provider.send("evm_revert", [deployed]);
      deployed = await provider.send("evm_snapshot", []);
    },
    stop: async () => {
      provider.destroy();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function deploy(url: string, members: Members, deploymentFile: string): Promise<Deployment> {
  const domain = `0x${randomBytes(32).toString("hex")}`;
  const deploymentId = `test-${domain.slice(2, 14)}`;
  const deployment = await deployNetwork(
    { network: "local", url, domain, deploymentId, deploymentFile },
    members,
    () => undefined,
  );
  await rm(join(hre.config.paths.root, "ignition/deployments", deploymentId), { recursive: true, force: true });
  return deployment;
}

/** Writes to the contract directly, one transaction and one block each, by whoever may. */
function writers({ provider, deployment }: Chain, secrets: StackSecrets) {
  const as = (key: string) =>
    TransferStateRepo__factory.connect(deployment.contracts.transferStateRepo, new Wallet(key, provider));
  const operator = (bank: string) =>
    secrets.banks.find(({ id }) => id === bank)?.functions.debit.operatorKey ?? secrets.initiatorKey;

  const idOf = (requestHash: string) =>
    deriveTransferId({ domain: deployment.domain, organisation: DEMO_ORGANISATION, requestHash });

  /** A new request's hash, and the id that the contract will make of it. */
  function newRequest(): { requestHash: string; transferId: string } {
    const requestHash = randomRequestHash();
    return { requestHash, transferId: idOf(requestHash) };
  }

  /** Starts transfers of the given requests' hashes, or so many new ones, in one transaction; gives their ids. */
  async function start(of: number | readonly string[], details = "0x"): Promise<string[]> {
    const requests = typeof of === "number" ? Array.from({ length: of }, randomRequestHash) : [...of];
    const latest = await provider.getBlock("latest");
    const terms = { currency: THB, amount: 12_345n, deadline: (latest?.timestamp ?? 0) + DEADLINE_SECONDS, details };
    const banks = { payerBank: bankIdToBytes(PAYER_BANK), payeeBank: bankIdToBytes(PAYEE_BANK) };
    await (
      await as(secrets.initiatorKey).startBatch(requests.map((requestHash) => ({ requestHash, ...banks, ...terms })))
    ).wait();
    return requests.map(idOf);
  }

  /** Reports an outcome for each, by the bank whose leg it is, in one transaction. */
  async function advance(ids: readonly string[], to: State, reason?: string): Promise<void> {
    const bank = to === "COMPLETED" || to === "REVERSING" ? PAYEE_BANK : PAYER_BANK;
    const code = reason === undefined ? "0x00000000" : `0x${Buffer.from(reason, "ascii").toString("hex")}`;
    const items = ids.map((id) => ({ id, to: stateNumber(to), reason: code, evidence: EVIDENCE }));
    await (await as(operator(bank)).advance(items)).wait();
  }

  return { start, advance, contractAs: as, idOf, newRequest };
}

export function randomRequestHash(): string {
  return `0x${randomBytes(32).toString("hex")}`;
}

export function randomTransferId(): string {
  return `0x${randomBytes(32).toString("hex")}`;
}

/** A provider to the bare node, for what is not about the deployment. */
export function bareProvider(url: string): JsonRpcProvider {
  return new JsonRpcProvider(url, undefined, { cacheTimeout: -1 });
}
