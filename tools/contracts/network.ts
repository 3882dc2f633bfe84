import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { hexlify, randomBytes, toUtf8Bytes, ZeroAddress } from "ethers";
import { type GuardedContract, guardedFunctions, ROLES } from "../../scripts/ops/verify-deployment-access.js";
import { organisationToBytes } from "../../src/domain/ids.js";
import type { AccessManager, BankRepo, PhoneAccountRepo, TransferStateRepo } from "../../types/ethers-contracts/index.js";

/** The banks of the tests: the payer's, the payee's, and one that has nothing to do with the transfer. */
export const BANKS = { payer: bic("FAASTHB1"), payee: bic("WHSKTHB1"), third: bic("THRDTHB1") } as const;

export const DOMAIN = `0x${"d0".repeat(32)}`;

/** The organisation that the tests' initiator starts transfers for, and another. */
export const ORGANISATION = "shop";
export const OTHER_ORGANISATION = "wallet-2";

/** `Banks.ACCOUNTS`, `Banks.LEGS`, `Banks.OUTCOMES` and all of them. */
export const KINDS = { ACCOUNTS: 1, LEGS: 2, OUTCOMES: 4, ALL: 7 } as const;

/** The contracts of a network of three banks, and one signer for each part that somebody can play in it. */
export type Network = {
  ethers: HardhatEthers;
  accessManager: AccessManager;
  bankRepo: BankRepo;
  phoneAccountRepo: PhoneAccountRepo;
  transferStateRepo: TransferStateRepo;
  admin: HardhatEthersSigner;
  initiator: HardhatEthersSigner;
  /** Of `OTHER_ORGANISATION`, which the same banks have admitted. */
  otherInitiator: HardhatEthersSigner;
  organisationAdmin: HardhatEthersSigner;
  arbiter: HardhatEthersSigner;
  secondArbiter: HardhatEthersSigner;
  registrar: HardhatEthersSigner;
  bankAdmins: Record<BankName, HardhatEthersSigner>;
  legs: Record<BankName, HardhatEthersSigner>;
  accounts: Record<BankName, HardhatEthersSigner>;
  /** Two people of each bank, who report outcomes. */
  people: Record<BankName, [HardhatEthersSigner, HardhatEthersSigner]>;
  stranger: HardhatEthersSigner;
};

export type BankName = keyof typeof BANKS;

export const BANK_NAMES = ["payer", "payee", "third"] as const satisfies BankName[];

/** A BIC8 as the contracts hold it: eight ASCII bytes. */
export function bic(text: string): string {
  return hexlify(toUtf8Bytes(text));
}

/** Sets who may call what the AccessManager guards at a contract. */
export async function setFunctionRoles(accessManager: AccessManager, name: GuardedContract, contract: Guarded): Promise<void> {
  const target = await contract.getAddress();
  for (const { name: fn, role } of guardedFunctions(name)) {
    const selector = contract.interface.getFunction(fn)?.selector;
    if (selector === undefined) throw new Error(`${name} has no function ${fn}`);
    await accessManager.setTargetFunctionRole(target, [selector], role);
  }
}

type Guarded = {
  getAddress(): Promise<string>;
  interface: { getFunction(name: string): { selector: string } | null };
};

/** Contracts and roles, two organisations, and three active banks that have admitted both. */
export async function deployNetwork(ethers: HardhatEthers): Promise<Network> {
  const signers = await ethers.getSigners();
  const signer = (index: number): HardhatEthersSigner => {
    const found = signers[index];
    if (found === undefined) throw new Error(`The network has no signer ${index}`);
    return found;
  };
  const [admin, initiator, arbiter, secondArbiter, registrar] = [0, 1, 2, 3, 4].map(signer) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const pair = (first: number): [HardhatEthersSigner, HardhatEthersSigner] => [signer(first), signer(first + 1)];
  const perBank = (first: number) => ({ payer: signer(first), payee: signer(first + 1), third: signer(first + 2) });
  const network = {
    ethers,
    ...(await deployContracts(ethers, admin)),
    admin,
    initiator,
    arbiter,
    secondArbiter,
    registrar,
    bankAdmins: perBank(5),
    legs: perBank(8),
    accounts: perBank(11),
    stranger: signer(14),
    otherInitiator: signer(15),
    organisationAdmin: signer(16),
    people: { payer: pair(17), payee: pair(19), third: pair(21) },
  };
  await grantRoles(network);
  await addOrganisations(network);
  for (const bank of BANK_NAMES) await addBank(network, bank);
  return network;
}

/** A successor of a deployed `TransferStateRepo`, under the same AccessManager and banks, with its roles set. */
export async function deploySuccessor(network: Network, domain = DOMAIN): Promise<TransferStateRepo> {
  const { ethers, accessManager, bankRepo, transferStateRepo } = network;
  const successor = await ethers.deployContract("TransferStateRepo", [accessManager, bankRepo, domain, transferStateRepo]);
  await setFunctionRoles(accessManager, "TransferStateRepo", successor);
  return successor;
}

async function deployContracts(ethers: HardhatEthers, admin: HardhatEthersSigner) {
  const accessManager = await ethers.deployContract("AccessManager", [admin]);
  const bankRepo = await ethers.deployContract("BankRepo", [accessManager]);
  const phoneAccountRepo = await ethers.deployContract("PhoneAccountRepo", [accessManager, bankRepo]);
  const transferStateRepo = await ethers.deployContract("TransferStateRepo", [accessManager, bankRepo, DOMAIN, ZeroAddress]);
  return { accessManager, bankRepo, phoneAccountRepo, transferStateRepo };
}

async function grantRoles(network: Network): Promise<void> {
  const { accessManager } = network;
  await setFunctionRoles(accessManager, "TransferStateRepo", network.transferStateRepo);
  await setFunctionRoles(accessManager, "PhoneAccountRepo", network.phoneAccountRepo);
  await setFunctionRoles(accessManager, "BankRepo", network.bankRepo);
  await accessManager.grantRole(ROLES.ARBITER, network.arbiter, 0);
  await accessManager.grantRole(ROLES.ARBITER, network.secondArbiter, 0);
  await accessManager.grantRole(ROLES.REGISTRAR, network.registrar, 0);
}

async function addBank(network: Network, bank: BankName): Promise<void> {
  const { bankRepo } = network;
  await bankRepo.addBank(BANKS[bank], network.bankAdmins[bank], hexlify(randomBytes(32)));
  const asAdmin = bankRepo.connect(network.bankAdmins[bank]);
  await asAdmin.addOperator(BANKS[bank], network.legs[bank], KINDS.LEGS);
  await asAdmin.addOperator(BANKS[bank], network.accounts[bank], KINDS.ACCOUNTS);
  for (const person of network.people[bank]) await asAdmin.addOperator(BANKS[bank], person, KINDS.OUTCOMES);
  for (const organisation of [ORGANISATION, OTHER_ORGANISATION]) {
    await asAdmin.admitOrganisation(BANKS[bank], organisationToBytes(organisation));
  }
}

async function addOrganisations({ bankRepo, organisationAdmin, initiator, otherInitiator }: Network): Promise<void> {
  const own = bankRepo.connect(organisationAdmin);
  for (const [name, address] of [
    [ORGANISATION, initiator],
    [OTHER_ORGANISATION, otherInitiator],
  ] as const) {
    await bankRepo.addOrganisation(organisationToBytes(name), organisationAdmin);
    await own.addInitiator(organisationToBytes(name), address);
  }
}
