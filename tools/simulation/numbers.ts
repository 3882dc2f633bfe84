import { bankIdToBytes } from "../../src/domain/ids.js";
import { PhoneAccountRepo__factory } from "../../types/ethers-contracts/index.js";
import type { Customer, Entry } from "./chain-setup.js";
import { createHand } from "./hand.js";
import type { Random } from "./random.js";
import { secretsOf } from "./roles.js";
import type { World } from "./world.js";

const contract = PhoneAccountRepo__factory.createInterface();

/** Moves phone numbers: to another account of the bank, and to the other bank by a release or by a claim. */
export function createMover(world: World, random: Random) {
  const hand = createHand(world);
  const repo = world.base.deployment.contracts.phoneAccountRepo;
  const write = (bank: string, name: "update" | "release" | "register" | "openClaim" | "confirmClaim", args: unknown[]) =>
    hand.send(secretsOf(world, bank).accountsOperatorKey, repo, contract.encodeFunctionData(name as "release", args as never));

  /** Notes that a number can stand for an account from now on: the oracle asks. */
  function note({ aliasId }: Customer, { account }: Entry): void {
    const since = world.standsFor.get(aliasId) ?? new Map<string, number>();
    world.standsFor.set(aliasId, since);
    if (!since.has(account)) since.set(account, world.scheduler.now());
  }

  async function move(): Promise<void> {
    const customer = random.pick(world.base.customers);
    const { aliasId, entries } = customer;
    const held = await hand.read<{ bank: string; sealedAccount: string }>(repo, contract, "get", [aliasId]);
    const claim = await hand.read<{ bank: string }>(repo, contract, "claimOf", [aliasId]);
    const holder = world.base.banks.find(({ id }) => bankIdToBytes(id) === held.bank)?.id;
    const entry = random.pick(entries.filter(({ sealed }) => sealed !== held.sealedAccount));
    note(customer, entry);
    if (holder === undefined) {
      world.faults.count("number: registered");
      return await write(entry.bank, "register", [aliasId, entry.sealed]);
    }
    if (BigInt(claim.bank) !== 0n) {
      world.faults.count("number: claim granted");
      return await write(holder, "confirmClaim", [aliasId]);
    }
    if (entry.bank === holder) {
      world.faults.count("number: moved within the bank");
      return await write(holder, "update", [aliasId, entry.sealed]);
    }
    if (random.chance(0.5)) {
      world.faults.count("number: claimed by another bank");
      return await write(entry.bank, "openClaim", [aliasId, entry.sealed]);
    }
    world.faults.count("number: moved to another bank");
    await write(holder, "release", [aliasId]);
    await write(entry.bank, "register", [aliasId, entry.sealed]);
  }

  return { move };
}
