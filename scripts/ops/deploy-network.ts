import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { type ContractTransactionResponse, type Overrides, Wallet } from "ethers";
import hre from "hardhat";
import { eventMachineModule, ROLES } from "../../ignition/modules/event-machine.js";
import type { Deployment } from "../../src/chain/deployment.js";
import { bankIdToBytes, organisationToBytes } from "../../src/domain/ids.js";
import { AccessManager__factory, type BankRepo, BankRepo__factory } from "../../types/ethers-contracts/index.js";
import type { Members } from "./members.js";

const ACCOUNTS = 1;
const LEGS = 2;
const OUTCOMES = 4;

/**
 * Deploys the contracts to a network by Hardhat Ignition, lets the members in, and writes the file that the services read.
 *
 * - `network`: a network of hardhat.config.ts; `url`: where its node is, if not where the configuration says.
 * - `domain`: 32 random bytes; give the same again to resume a deployment that broke off.
 * - `report`: is told what is being done.
 */
export async function deployNetwork(
  options: { network: string; url?: string; domain: string; deploymentId: string; deploymentFile: string },
  members: Members,
  report: (line: string) => void,
): Promise<Deployment> {
  const connection = await hre.network.create({
    network: options.network,
    chainType: "l1",
    ...(options.url !== undefined && { override: { url: options.url } }),
  });
  const { ethers, ignition } = connection;
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new Error("The network has no account to deploy with; set DEPLOYER_PRIVATE_KEY.");

  report("deploying the contracts");
  const before = await ethers.provider.getBlockNumber();
  const deployed = await ignition.deploy(eventMachineModule, {
    parameters: { EventMachine: { domain: options.domain } },
    deploymentId: options.deploymentId,
  });
  const genesis = await ethers.provider.getBlock(0);
  const deployment: Deployment = {
    chainId: String((await ethers.provider.getNetwork()).chainId),
    genesisHash: genesis?.hash ?? "",
    domain: options.domain,
    fromBlock: before,
    contracts: {
      accessManager: await deployed.accessManager.getAddress(),
      bankRepo: await deployed.bankRepo.getAddress(),
      phoneAccountRepo: await deployed.phoneAccountRepo.getAddress(),
      transferStateRepo: await deployed.transferStateRepo.getAddress(),
    },
  };
  report("letting the members in");
  await admitMembers(deployment, members, deployer);
  await handOver(deployment, members, deployer);
  await writeAtomically(options.deploymentFile, `${JSON.stringify(deployment, null, 2)}\n`);
  await connection.close();
  return deployment;
}

/** Lets members in that a deployment does not have yet, with the rights of its admin; what is there already stays. */
export async function admitToNetwork(
  { network, url }: { network: string; url: string },
  deployment: Deployment,
  members: Members,
): Promise<void> {
  const connection = await hre.network.create({ network, chainType: "l1", override: { url } });
  const [deployer] = await connection.ethers.getSigners();
  if (deployer === undefined) throw new Error("The network has no account to sign with; set DEPLOYER_PRIVATE_KEY.");
  await admitMembers(deployment, members, deployer);
  await connection.close();
}

/** Deletes Ignition's journal of a deployment that nobody will resume, as of a chain that lives only in memory. */
export async function forgetDeployment(deploymentId: string): Promise<void> {
  await rm(join(hre.config.paths.ignition, "deployments", deploymentId), { recursive: true, force: true });
}

/** Grants roles, adds organisations and banks, and does their own part for those whose admin key is given. Leaves alone what is there. */
async function admitMembers(deployment: Deployment, members: Members, deployer: HardhatEthersSigner): Promise<void> {
  const manager = AccessManager__factory.connect(deployment.contracts.accessManager, deployer);
  const bankRepo = BankRepo__factory.connect(deployment.contracts.bankRepo, deployer);
  const wait = async (sent: Promise<ContractTransactionResponse>) => void (await (await sent).wait());

  const offer = await feesOn(deployer);
  await fund(members, deployer);
  const grants: [bigint, string[]][] = [
    [ROLES.ARBITER, members.arbiters],
    [ROLES.REGISTRAR, members.registrars],
  ];
  for (const [role, accounts] of grants) {
    for (const account of accounts) {
      const [held] = await manager.hasRole(role, account);
      if (!held) await wait(manager.grantRole(role, account, 0, offer));
    }
  }
  // A bank admits only organisations that are there.
  for (const organisation of members.organisations) await addOrganisation(bankRepo, organisation, { offer, wait });
  for (const bank of members.banks) await addBank(bankRepo, bank, { offer, wait });
}

interface Sending {
  offer: Overrides;
  wait(sent: Promise<ContractTransactionResponse>): Promise<void>;
}

async function addOrganisation(
  bankRepo: BankRepo,
  organisation: Members["organisations"][number],
  { offer, wait }: Sending,
): Promise<void> {
  const id = organisationToBytes(organisation.id);
  const { admin } = await bankRepo.getOrganisation(id);
  if (BigInt(admin) === 0n) await wait(bankRepo.addOrganisation(id, organisation.admin, offer));
  if (organisation.adminPrivateKey === undefined) return;
  const own = bankRepo.connect(new Wallet(organisation.adminPrivateKey, bankRepo.runner?.provider));
  for (const initiator of organisation.initiators) {
    const { active } = await bankRepo.initiatorOf(initiator);
    if (!active) await wait(own.addInitiator(id, initiator, offer));
  }
}

async function addBank(bankRepo: BankRepo, bank: Members["banks"][number], { offer, wait }: Sending): Promise<void> {
  const id = bankIdToBytes(bank.id);
  if (BigInt((await bankRepo.get(id)).admin) === 0n) await wait(bankRepo.addBank(id, bank.admin, bank.sealingKey, offer));
  if (bank.adminPrivateKey === undefined) return;
  const own = bankRepo.connect(new Wallet(bank.adminPrivateKey, bankRepo.runner?.provider));
  for (const [kind, operators] of [
    [ACCOUNTS, bank.accountsOperators],
    [LEGS, bank.legsOperators],
    [OUTCOMES, bank.outcomesOperators],
  ] as const) {
    for (const operator of operators) {
      const { kinds } = await bankRepo.operatorOf(operator);
      if (kinds !== BigInt(kind)) await wait(own.addOperator(id, operator, kind, offer));
    }
  }
  for (const organisation of bank.organisations.map(organisationToBytes)) {
    if (!(await bankRepo.isAdmitted(id, organisation))) await wait(own.admitOrganisation(id, organisation, offer));
  }
}

/** Makes the members' admin the network's, with its delay, and the deployer nobody. What comes first must not lock everyone out. */
async function handOver(deployment: Deployment, { admin }: Members, deployer: HardhatEthersSigner): Promise<void> {
  if (admin === undefined) return;
  const manager = AccessManager__factory.connect(deployment.contracts.accessManager, deployer);
  const role = await manager.ADMIN_ROLE();
  const offer = await feesOn(deployer);
  await (await manager.grantRole(role, admin.address, admin.delaySeconds, offer)).wait();
  await (await manager.renounceRole(role, deployer.address, offer)).wait();
}

/** What to offer for gas: nothing where it is free, since nobody there need have any ether; the library's choice elsewhere. */
async function feesOn({ provider }: HardhatEthersSigner): Promise<Overrides> {
  const { baseFeePerGas } = (await provider?.getBlock("latest")) ?? {};
  return baseFeePerGas === 0n ? { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n } : {};
}

/** Gives every account that will send transactions something to pay gas with, where it has less than that. */
async function fund(members: Members, deployer: HardhatEthersSigner): Promise<void> {
  const value = BigInt(members.fundWei);
  if (value === 0n) return;
  const admins = [...members.organisations, ...members.banks].flatMap(({ admin, adminPrivateKey }) =>
    adminPrivateKey === undefined ? [] : [admin],
  );
  const initiators = members.organisations.flatMap((organisation) => organisation.initiators);
  const operators = members.banks.flatMap((bank) => [
    ...bank.accountsOperators,
    ...bank.legsOperators,
    ...bank.outcomesOperators,
  ]);
  for (const to of new Set([...admins, ...initiators, ...operators, ...members.arbiters, ...members.registrars])) {
    const balance = (await deployer.provider?.getBalance(to)) ?? 0n;
    if (balance < value) await (await deployer.sendTransaction({ to, value: value - balance })).wait();
  }
}

/** A reader never sees half a file. */
async function writeAtomically(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
