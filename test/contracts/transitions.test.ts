import { expect } from "chai";
import type { ContractTransactionResponse, Signer } from "ethers";
import { mover, needsReason, openLeg, REFUSALS, STATES, type State, stateNumber } from "../../src/domain/transfer-state.js";
import { BANKS, type BankName } from "../../tools/contracts/network.js";
import { EVIDENCE, NO_REASON, REASON, startOf } from "../../tools/contracts/transfers.js";
import { allowedFrom, POSITIONS, type Position, phaseOf, REASONED, reach, statesOf, TABLE } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

/** Every kind of caller, and the bank for whose legs it operates, if any. */
const CALLERS = {
  "the payer's legs operator": { of: (n: TestNetwork) => n.legs.payer, bank: "payer" },
  "the payee's legs operator": { of: (n: TestNetwork) => n.legs.payee, bank: "payee" },
  "a third bank's legs operator": { of: (n: TestNetwork) => n.legs.third, bank: "third" },
  "the payer's accounts operator": { of: (n: TestNetwork) => n.accounts.payer },
  "the payee's accounts operator": { of: (n: TestNetwork) => n.accounts.payee },
  "a person of the payer's bank": { of: (n: TestNetwork) => n.people.payer[0] },
  "a person of the payee's bank": { of: (n: TestNetwork) => n.people.payee[0] },
  "the payer's bank admin": { of: (n: TestNetwork) => n.bankAdmins.payer },
  "the initiator": { of: (n: TestNetwork) => n.initiator },
  "an arbiter": { of: (n: TestNetwork) => n.arbiter },
  "the registrar": { of: (n: TestNetwork) => n.registrar },
  "the admin": { of: (n: TestNetwork) => n.admin },
  "a stranger": { of: (n: TestNetwork) => n.stranger },
} as const satisfies Record<string, { of(network: TestNetwork): Signer; bank?: BankName }>;

type Caller = { of(network: TestNetwork): Signer; bank?: BankName };

const BANK_OF_LEG = { PAYER: "payer", PAYEE: "payee" } as const satisfies Record<string, BankName>;

const EVENT_OF: Partial<Record<State, string>> = {
  PENDING: "TransferPending",
  COMPLETED: "TransferCompleted",
  REJECTED: "TransferRejected",
  REVERSING: "TransferReversing",
  REVERSED: "TransferReversed",
  SUSPENDED: "TransferSuspended",
};

describe("the transition table", () => {
  it("is the one that the services use", () => {
    for (const position of POSITIONS) {
      const { shown, active } = statesOf(position);
      for (const to of STATES) {
        const again = shown === "SUSPENDED" && to === "SUSPENDED";
        expect(TABLE[position][to] ?? "NONE", `${position} to ${to}`).to.equal(again ? "NONE" : mover(active, to));
      }
      expect(openLeg(active), position).to.equal(Object.values(TABLE[active as Position])[0] ?? "NONE");
    }
    expect(STATES.filter(needsReason)).to.have.members(REASONED);
  });

  it("covers each of the 64 pairs of states", () => {
    const pairs = new Set(POSITIONS.flatMap((position) => STATES.map((to) => `${statesOf(position).shown} to ${to}`)));
    expect(pairs.size).to.equal(STATES.length ** 2);
  });
});

describe("a leg's outcome", () => {
  const load = useNetwork();

  for (const position of POSITIONS) {
    describe(`from ${position}`, () => {
      for (const [name, caller] of Object.entries<Caller>(CALLERS)) {
        it(`is taken from ${name} as the table says, strict and batched`, async () => {
          const network = await load();
          const id = await reach(network, position, await network.helpers.time.latest());
          const before = await network.helpers.takeSnapshot();
          for (const to of STATES) {
            const strict = await reportStrictly(network, caller, position, id, to);
            await before.restore();
            const batched = await reportInBatch(network, caller, position, id, to);
            await before.restore();
            expect(batched, `${to}: batched as strict`).to.deep.equal(strict);
          }
        });
      }
    });
  }
});

describe("a start", () => {
  const load = useNetwork();

  for (const position of POSITIONS) {
    it(`is ${position === "NONE" ? "taken from an initiator alone" : "refused as known"} from ${position}`, async () => {
      const network = await load();
      const now = await network.helpers.time.latest();
      const repo = network.transferStateRepo;
      const start = startOf(now);
      await reach(network, position, now, start.requestHash);
      for (const caller of Object.values<Caller>(CALLERS).map(({ of }) => of(network))) {
        const isInitiator = (await caller.getAddress()) === network.initiator.address;
        const attempt = () => repo.connect(caller).start.staticCall(start);
        const batched = () => repo.connect(caller).startBatch.staticCall([start]);
        if (!isInitiator) {
          await expect(attempt()).to.be.revertedWithCustomError(repo, "TransferUnauthorizedInitiator").withArgs(caller);
          await expect(batched()).to.be.revertedWithCustomError(repo, "TransferUnauthorizedInitiator").withArgs(caller);
        } else if (position === "NONE") {
          await attempt();
          await batched();
        } else {
          const known = REFUSALS.indexOf("EXISTS");
          await expect(attempt()).to.be.revertedWithCustomError(repo, "TransferStartRefused").withArgs(start.id, known);
          await expect(repo.connect(caller).startBatch([start]))
            .to.emit(repo, "TransitionRefused")
            .withArgs(start.id, (await repo.sequence()) + 1n, stateNumber(statesOf(position).shown), 1, known);
        }
      }
    });
  }
});

/** The logs and the phase that a report left behind; undefined where it was refused as the table says. */
type Effect = { logs: string[]; phase: bigint } | undefined;

async function reportStrictly(n: TestNetwork, caller: Caller, position: Position, id: string, to: State): Promise<Effect> {
  const repo = n.transferStateRepo;
  const signer = caller.of(n);
  const send = strictCall(n, signer, id, to);
  if (send === undefined) return undefined;
  if (caller.bank === undefined) {
    await expect(send()).to.be.revertedWithCustomError(repo, "TransferUnauthorizedOperator").withArgs(signer);
    return undefined;
  }
  const leg = TABLE[position][to];
  if (leg === undefined) {
    await expect(send())
      .to.be.revertedWithCustomError(repo, "TransferUnexpectedState")
      .withArgs(id, stateNumber(statesOf(position).shown), stateNumber(to), allowedFrom(position));
    return undefined;
  }
  if (BANK_OF_LEG[leg] !== caller.bank) {
    await expect(send())
      .to.be.revertedWithCustomError(repo, "TransferNotLegBank")
      .withArgs(id, BANKS[BANK_OF_LEG[leg]], BANKS[caller.bank]);
    return undefined;
  }
  return await applied(n, send(), position, id, to, signer);
}

async function reportInBatch(n: TestNetwork, caller: Caller, position: Position, id: string, to: State): Promise<Effect> {
  const repo = n.transferStateRepo;
  const signer = caller.of(n);
  const sent = () => repo.connect(signer).advance([item(id, to)]);
  if (caller.bank === undefined) {
    await expect(sent()).to.be.revertedWithCustomError(repo, "TransferUnauthorizedOperator").withArgs(signer);
    return undefined;
  }
  const leg = TABLE[position][to];
  if (leg !== undefined && BANK_OF_LEG[leg] === caller.bank) return await applied(n, sent(), position, id, to, signer);
  const before = await repo.get(id);
  const cause = REFUSALS.indexOf(leg === undefined ? "UNEXPECTED_STATE" : "NOT_LEG_BANK");
  await expect(sent())
    .to.emit(repo, "TransitionRefused")
    .withArgs(id, (await repo.sequence()) + 1n, stateNumber(statesOf(position).shown), stateNumber(to), cause);
  expect(await repo.get(id)).to.deep.equal(before);
  return undefined;
}

async function applied(
  network: TestNetwork,
  sending: Promise<ContractTransactionResponse>,
  position: Position,
  id: string,
  to: State,
  signer: Signer,
): Promise<Effect> {
  const repo = network.transferStateRepo;
  const before = await repo.get(id);
  const number = (await repo.sequence()) + 1n;
  const reason = REASONED.includes(to) ? [REASON] : [];
  const args =
    to === "SUSPENDED"
      ? [id, number, stateNumber(statesOf(position).shown), REASON, EVIDENCE, signer]
      : [id, number, ...reason, EVIDENCE];
  const transaction = await sending;
  await expect(transaction)
    .to.emit(repo, EVENT_OF[to] ?? "")
    .withArgs(...args);
  const [phase, ...rest] = await repo.get(id);
  const [phaseBefore, ...restBefore] = before;
  expect(rest, "nothing but the phase changes").to.deep.equal(restBefore);
  expect(phaseBefore).to.equal(phaseOf(position));
  expect(phase).to.equal(
    phaseOf(to === "SUSPENDED" ? (`SUSPENDED from ${statesOf(position).shown}` as Position) : (to as Position)),
  );
  expect(await repo.sequence()).to.equal(number);
  const receipt = await transaction.wait();
  return { logs: receipt?.logs.map((log) => `${log.topics.join()} ${log.data}`) ?? [], phase: BigInt(phase) };
}

function item(id: string, to: State) {
  return { id, to: stateNumber(to), reason: REASONED.includes(to) ? REASON : NO_REASON, evidence: EVIDENCE };
}

/** The strict function that reports a state; there is none for NONE and STARTED. */
function strictCall(
  n: TestNetwork,
  signer: Signer,
  id: string,
  to: State,
): (() => Promise<ContractTransactionResponse>) | undefined {
  const repo = n.transferStateRepo.connect(signer);
  switch (to) {
    case "PENDING":
      return () => repo.markPending(id, EVIDENCE);
    case "COMPLETED":
      return () => repo.complete(id, EVIDENCE);
    case "REJECTED":
      return () => repo.reject(id, REASON, EVIDENCE);
    case "REVERSING":
      return () => repo.reverse(id, REASON, EVIDENCE);
    case "REVERSED":
      return () => repo.markReversed(id, EVIDENCE);
    case "SUSPENDED":
      return () => repo.suspend(id, REASON, EVIDENCE);
    default:
      return undefined;
  }
}
