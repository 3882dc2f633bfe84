import { expect } from "chai";
import { FunctionFragment, type Signer } from "ethers";
import { ACCESS, type Access, askedRole, type GuardedContract } from "../../scripts/ops/verify-deployment-access.js";
import { organisationToBytes } from "../../src/domain/ids.js";
import { BANKS, deploySuccessor, ORGANISATION } from "../../tools/contracts/network.js";
import { EVIDENCE, NO_REASON, newId, REASON, startOf } from "../../tools/contracts/transfers.js";
import { reach } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

const SEALED = "0x5ea1";
const SHOP = organisationToBytes(ORGANISATION);
/** A member that no bank has admitted. */
const NEW_SHOP = organisationToBytes("new-shop");

/** What refuses a caller who may not; any other error means that the access check let him pass. */
const ACCESS_ERRORS = [
  "AccessManagedUnauthorized",
  "TransferUnauthorizedOperator",
  "TransferUnauthorizedInitiator",
  "TransferNotLegBank",
  "PhoneAccountUnauthorizedOperator",
  "PhoneAccountNotHolder",
  "ClaimNotClaimant",
  "BankUnauthorizedAdmin",
  "OrganisationUnauthorizedAdmin",
];

/** The parts that somebody can play, by name; banks' own people of two banks that have a part in it and one that has none. */
const PARTS = {
  admin: (n: TestNetwork) => n.admin,
  initiator: (n: TestNetwork) => n.initiator,
  otherInitiator: (n: TestNetwork) => n.otherInitiator,
  organisationAdmin: (n: TestNetwork) => n.organisationAdmin,
  payerPerson: (n: TestNetwork) => n.people.payer[0],
  payeePerson: (n: TestNetwork) => n.people.payee[0],
  payeeSecondPerson: (n: TestNetwork) => n.people.payee[1],
  thirdPerson: (n: TestNetwork) => n.people.third[0],
  arbiter: (n: TestNetwork) => n.arbiter,
  registrar: (n: TestNetwork) => n.registrar,
  payerLegs: (n: TestNetwork) => n.legs.payer,
  payeeLegs: (n: TestNetwork) => n.legs.payee,
  thirdLegs: (n: TestNetwork) => n.legs.third,
  payerAccounts: (n: TestNetwork) => n.accounts.payer,
  payeeAccounts: (n: TestNetwork) => n.accounts.payee,
  thirdAccounts: (n: TestNetwork) => n.accounts.third,
  payerAdmin: (n: TestNetwork) => n.bankAdmins.payer,
  payeeAdmin: (n: TestNetwork) => n.bankAdmins.payee,
  stranger: (n: TestNetwork) => n.stranger,
} as const satisfies Record<string, (network: TestNetwork) => Signer>;

type Part = keyof typeof PARTS;

/** The ids and aliases that the calls are made on, brought to where the right caller would succeed. */
type Scene = {
  started: string;
  pending: string;
  reversing: string;
  suspended: string;
  proposed: string;
  reported: string;
  held: string;
  claimed: string;
  now: number;
  manager: string;
};

type Row = { args(scene: Scene, network: TestNetwork): unknown[]; may: Part[] };

const ALL_ACCOUNTS: Part[] = ["payerAccounts", "payeeAccounts", "thirdAccounts"];
const INITIATORS: Part[] = ["initiator", "otherInitiator"];
const PAYEE_PEOPLE: Part[] = ["payeePerson", "payeeSecondPerson"];
const ALL_LEGS: Part[] = ["payerLegs", "payeeLegs", "thirdLegs"];

/** Every state-changing function of the ABIs, a call of it, and the parts that may make it. The payer's bank holds the numbers. */
const MATRIX: { [C in GuardedContract]: Record<string, Row> } = {
  TransferStateRepo: {
    start: { args: ({ now }) => [startOf(now)], may: INITIATORS },
    startBatch: { args: ({ now }) => [[startOf(now)]], may: INITIATORS },
    markPending: { args: ({ started }) => [started, EVIDENCE], may: ["payerLegs"] },
    complete: { args: ({ pending }) => [pending, EVIDENCE], may: ["payeeLegs"] },
    reject: { args: ({ started }) => [started, REASON, EVIDENCE], may: ["payerLegs"] },
    reverse: { args: ({ pending }) => [pending, REASON, EVIDENCE], may: ["payeeLegs"] },
    markReversed: { args: ({ reversing }) => [reversing, EVIDENCE], may: ["payerLegs"] },
    suspend: { args: ({ pending }) => [pending, REASON, EVIDENCE], may: ["payeeLegs"] },
    // A batch of another bank's transfers is taken, and each of its items refused.
    advance: { args: ({ started }) => [[{ id: started, to: 2, reason: NO_REASON, evidence: EVIDENCE }]], may: ALL_LEGS },
    advanceResumed: {
      args: ({ started }) => [[{ id: started, to: 2, reason: NO_REASON, evidence: EVIDENCE }], "0x00"],
      may: ALL_LEGS,
    },
    suspendOverdue: { args: ({ pending }) => [pending, REASON], may: ["arbiter"] },
    proposeResolution: { args: ({ suspended }) => [suspended, 2, NO_REASON], may: ["arbiter"] },
    confirmResolution: { args: ({ proposed }) => [proposed, 2], may: ["arbiter"] },
    withdrawResolution: { args: ({ proposed }) => [proposed], may: ["arbiter"] },
    proposeOutcome: { args: ({ suspended }) => [suspended, 3, NO_REASON, EVIDENCE], may: PAYEE_PEOPLE },
    // Another has proposed it; whether it may be confirmed by whoever did so is not a question of parts.
    confirmOutcome: { args: ({ reported }) => [reported, 3, NO_REASON, EVIDENCE], may: PAYEE_PEOPLE },
    withdrawOutcome: { args: ({ reported }) => [reported], may: PAYEE_PEOPLE },
    setAuthority: { args: ({ manager }) => [manager], may: [] },
  },
  PhoneAccountRepo: {
    register: { args: () => [newId(), SEALED], may: ALL_ACCOUNTS },
    registerBatch: { args: () => [[{ aliasId: newId(), sealedAccount: SEALED }]], may: ALL_ACCOUNTS },
    update: { args: ({ held }) => [held, SEALED], may: ["payerAccounts"] },
    release: { args: ({ held }) => [held], may: ["payerAccounts"] },
    openClaim: { args: ({ held }) => [held, SEALED], may: ALL_ACCOUNTS },
    confirmClaim: { args: ({ claimed }) => [claimed], may: ["payerAccounts"] },
    withdrawClaim: { args: ({ claimed }) => [claimed], may: ["payeeAccounts"] },
    decideClaim: { args: ({ claimed }) => [claimed, true], may: ["registrar"] },
    setAuthority: { args: ({ manager }) => [manager], may: [] },
  },
  BankRepo: {
    addBank: { args: (_, n) => ["0x4652534854484231", n.stranger.address, EVIDENCE], may: ["admin"] },
    deactivateBank: { args: () => [BANKS.payer], may: ["admin"] },
    changeAdmin: { args: (_, n) => [BANKS.payer, n.stranger.address], may: ["admin", "payerAdmin"] },
    rotateSealingKey: { args: () => [BANKS.payer, EVIDENCE], may: ["payerAdmin"] },
    addOperator: { args: (_, n) => [BANKS.payer, n.stranger.address, 1], may: ["payerAdmin"] },
    removeOperator: { args: (_, n) => [BANKS.payer, n.legs.payer.address], may: ["admin", "payerAdmin"] },
    admitOrganisation: { args: () => [BANKS.payer, NEW_SHOP], may: ["payerAdmin"] },
    dismissOrganisation: { args: () => [BANKS.payer, SHOP], may: ["payerAdmin"] },
    addOrganisation: { args: (_, n) => [organisationToBytes("fresh"), n.stranger.address], may: ["admin"] },
    deactivateOrganisation: { args: () => [SHOP], may: ["admin"] },
    changeOrganisationAdmin: { args: (_, n) => [SHOP, n.stranger.address], may: ["admin", "organisationAdmin"] },
    addInitiator: { args: (_, n) => [SHOP, n.stranger.address], may: ["organisationAdmin"] },
    removeInitiator: { args: (_, n) => [SHOP, n.initiator.address], may: ["admin", "organisationAdmin"] },
    setAuthority: { args: ({ manager }) => [manager], may: [] },
  },
};

/** Kinds of parts, as the table of verify-deployment names those that `BankRepo` knows. */
const KINDS_OF_PARTS = [
  ["initiator", /initiator/i],
  ["the organisation's admin", /^organisationAdmin$/],
  ["legs operator", /Legs$/],
  ["accounts operator", /Accounts$/],
  ["outcomes operator", /Person$/],
  ["the bank's admin", /^(payer|payee)Admin$/],
] as const;

/** The kind of a part; the part itself where the access manager knows it. */
function kindOf(part: Part): string {
  return KINDS_OF_PARTS.find(([, parts]) => parts.test(part))?.[0] ?? part;
}

function kindsNamedBy(access: Access): string[] {
  if (access.by === "authority") return [];
  if (access.by === "role") return [access.role.toLowerCase()];
  const [kind = "unknown"] = KINDS_OF_PARTS.find(([name]) => access.who.startsWith(name)) ?? [];
  return [kind, ...(access.orRole === undefined ? [] : [access.orRole.toLowerCase()])];
}

describe("who may call what", () => {
  const load = useNetwork();

  for (const [contract, rows] of Object.entries(MATRIX) as [GuardedContract, Record<string, Row>][]) {
    it(`names every state-changing function of ${contract}, here and in the table of verify-deployment`, async () => {
      const writes = abiOf(await load(), contract)
        .filter((fragment) => !fragment.constant)
        .map(({ name }) => name);
      expect(Object.keys(rows)).to.have.members(writes);
      expect(Object.keys(ACCESS[contract])).to.have.members(writes);
      expect(new Set(writes).size, "no overloads").to.equal(writes.length);
    });

    for (const [name, { args, may }] of Object.entries(rows)) {
      it(`lets ${may.length === 0 ? "nobody" : may.join(", ")} call ${name} of ${contract}, and no other part`, async () => {
        const n = await load();
        const scene = await setScene(n);
        for (const [part, signerOf] of Object.entries(PARTS) as [Part, (network: TestNetwork) => Signer][]) {
          const refusal = await accessRefusal(n, contract, signerOf(n), name, args(scene, n));
          expect(refusal === undefined, `${part}: ${refusal ?? "let in"}`).to.equal(may.includes(part));
        }
      });
    }

    it(`lets call ${contract} whom the table of verify-deployment names`, () => {
      for (const [name, { may }] of Object.entries(rows)) {
        const access = (ACCESS[contract] as Record<string, Access>)[name] as Access;
        expect([...new Set(may.map(kindOf))], name).to.have.members(kindsNamedBy(access));
      }
    });

    it(`asks the access manager for the role of the table at every function of ${contract}`, async () => {
      const n = await load();
      for (const [name, access] of Object.entries<Access>(ACCESS[contract])) {
        const fragment = abiOf(n, contract).find((found) => found.name === name);
        const role = await n.accessManager.getTargetFunctionRole(addressOf(n, contract), fragment?.selector ?? "");
        expect(role, name).to.equal(askedRole(access));
      }
    });
  }

  it("lets the access manager move a contract to another manager, on its admin's word alone", async () => {
    const n = await load();
    const next = await n.ethers.deployContract("AccessManager", [n.admin]);
    for (const contract of [n.transferStateRepo, n.phoneAccountRepo, n.bankRepo]) {
      await expect(n.accessManager.connect(n.arbiter).updateAuthority(contract, next)).to.be.revertedWithCustomError(
        n.accessManager,
        "AccessManagerUnauthorizedAccount",
      );
      await n.accessManager.updateAuthority(contract, next);
      expect(await contract.authority()).to.equal(await next.getAddress());
    }
  });

  it("binds a successor by the same roles", async () => {
    const n = await load();
    const successor = await deploySuccessor(n);
    const item = startOf(await n.helpers.time.latest());
    await expect(successor.connect(n.stranger).start(item)).to.be.revertedWithCustomError(
      successor,
      "TransferUnauthorizedInitiator",
    );
    await successor.connect(n.initiator).start(item);
  });
});

async function setScene(n: TestNetwork): Promise<Scene> {
  const at = await n.helpers.time.latest();
  const [held, claimed] = [newId(), newId()];
  const payer = n.phoneAccountRepo.connect(n.accounts.payer);
  await payer.register(held, SEALED);
  await payer.register(claimed, SEALED);
  const [started, pending, reversing, suspended, proposed, reported] = [
    await reach(n, "STARTED", at),
    await reach(n, "PENDING", at),
    await reach(n, "REVERSING", at),
    await reach(n, "SUSPENDED from PENDING", at),
    await reach(n, "SUSPENDED from PENDING", at),
    await reach(n, "SUSPENDED from PENDING", at),
  ];
  await n.transferStateRepo.connect(n.people.payee[0]).proposeOutcome(reported, 3, NO_REASON, EVIDENCE);
  await n.bankRepo.addOrganisation(NEW_SHOP, n.organisationAdmin);
  await n.transferStateRepo.connect(n.secondArbiter).proposeResolution(proposed, 2, NO_REASON);
  await n.helpers.time.increase(2 * 86_400);
  await n.phoneAccountRepo.connect(n.accounts.payee).openClaim(claimed, SEALED);
  const now = await n.helpers.time.latest();
  const manager = await n.accessManager.getAddress();
  return { started, pending, reversing, suspended, proposed, reported, held, claimed, now, manager };
}

/** The name of the error with which the contract refuses the caller as such; undefined where it lets him in. */
async function accessRefusal(n: TestNetwork, contract: GuardedContract, by: Signer, name: string, args: unknown[]) {
  const { interface: abi } = contractOf(n, contract);
  const data = abi.encodeFunctionData(name as never, args as never);
  try {
    await n.ethers.provider.call({ from: by, to: addressOf(n, contract), data });
    return undefined;
  } catch (error) {
    const data = (error as { data?: string }).data ?? "0x";
    const refusal = data === "0x" ? undefined : abi.parseError(data)?.name;
    if (refusal === undefined) throw error;
    return ACCESS_ERRORS.includes(refusal) ? refusal : undefined;
  }
}

function contractOf(n: TestNetwork, contract: GuardedContract) {
  return { TransferStateRepo: n.transferStateRepo, PhoneAccountRepo: n.phoneAccountRepo, BankRepo: n.bankRepo }[contract];
}

function addressOf(n: TestNetwork, contract: GuardedContract): string {
  return String(contractOf(n, contract).target);
}

function abiOf(n: TestNetwork, contract: GuardedContract): FunctionFragment[] {
  return contractOf(n, contract).interface.fragments.filter((fragment) => FunctionFragment.isFragment(fragment));
}
