import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../simulation/random.js";
import { moveEntry } from "../system/phone-entry.js";
import { transferBody } from "../system/stack.js";
import { freeMemory, limitMemory } from "./machine.js";
import type { Victims } from "./victims.js";

const CLOCK_STEP_MS = 7_200_000;
const CLOCK_MS = { low: 1_000, high: 8_000 };
const DISK_MS = { low: 1_000, high: 6_000 };
const MEMORY_MS = 3_000;
const BURST = 200;
const LATENCY_MS = 5_000;
const SLOW_MS = { low: 6_000, high: 12_000 };
const LIES_MS = { low: 1_000, high: 5_000 };
const LOST_MS = { low: 1_000, high: 4_000 };
// As many answers as a leg may ask for before it closes a name, several times over.
const DENIALS = 30;
const MOVE_LIMIT_MS = 20_000;
const FORGED_DIGITS = 8;

/** Acts of the nemesis upon clocks, disks, memory, links, nodes and numbers. Each puts right what it broke. */
export function createMachineActs(victims: Victims, random: Random, note: (what: string) => void) {
  const { system, proxies, machine } = victims;
  const wait = ({ low, high }: { low: number; high: number }) => sleep(random.between(low, high));

  async function stepClock(): Promise<void> {
    const { clocks } = machine;
    if (clocks === undefined) return note("skipped: no clock to step");
    const service = random.pick(clocks.services);
    const ms = random.pick([-CLOCK_STEP_MS, CLOCK_STEP_MS]);
    note(`clock of ${service} two hours ${ms < 0 ? "back" : "forward"}`);
    await clocks.step(service, ms);
    await wait(CLOCK_MS);
    await clocks.step(service, 0);
  }

  async function fillDisk(): Promise<void> {
    const { disk } = machine;
    if (disk === undefined) return note("skipped: mounting a small disk is not allowed");
    note("disk of the payers' bank full");
    await disk.fill();
    await wait(DISK_MS);
    await disk.free();
  }

  /** Under a burst the service dies or sheds load. */
  async function starveMemory(): Promise<void> {
    const name = random.pick(["api", "faas-debit", "whsk-credit", "bank-whsk"]);
    const child = system.stack.children.get(name);
    if (child === undefined || !(await limitMemory(child.pid))) return note("skipped: no limit of memory");
    victims.burst(BURST);
    const died = await Promise.race([child.ended.then(() => true), sleep(MEMORY_MS, false)]);
    note(`no more memory for ${name}: it ${died ? "died" : "lived"}`);
    if (died) await system.stack.restart(name);
    else await freeMemory(child.pid);
  }

  async function slowLink(): Promise<void> {
    const name = random.pick(Object.keys(proxies));
    note(`5 s of latency for ${name}`);
    proxies[name]?.delay(LATENCY_MS);
    await wait(SLOW_MS);
    proxies[name]?.delay(0);
  }

  /** The bank loses its replies, and denies what it has posted. */
  async function lieAsBank(): Promise<void> {
    const bank = random.pick([system.payerBank, system.payeeBank]);
    note(`bank denies postings: ${bank.id}`);
    await bank.setFaults({ dropReplyAfterCommit: 3, findsNothing: DENIALS });
    await wait(LOST_MS);
    await bank.setFaults({});
  }

  /** The node leaves out logs, or forges them, and says nothing of it. */
  async function lieAsNode(): Promise<void> {
    const drops = random.chance(0.5);
    note(drops ? "node leaves out logs" : "node forges logs");
    machine.liar.tamper = ({ method }, result) => {
      if (method !== "eth_getLogs" || !Array.isArray(result) || result.length === 0) return undefined;
      return { result: drops ? result.slice(0, -1) : result.map(forge) };
    };
    await wait(LIES_MS);
    machine.liar.tamper = () => undefined;
  }

  /** While the answer to a number's credit is lost, the number moves to another account of the bank, or to the other bank. */
  async function moveNumber(): Promise<void> {
    const { payerBank: from, payeeBank: to } = system;
    const toOther = random.chance(0.5);
    const payee = await system.newPayee().catch(() => undefined);
    const later = await (toOther ? system.newPayer(0n) : system.newPayee()).catch(() => undefined);
    if (payee === undefined || later === undefined) return note("no number to move: the API registers none now");
    const payer = system.customers.find(({ bank }) => bank === from);
    if (payer === undefined) throw new Error("There is nobody to pay.");
    note(`number moved to another ${toOther ? "bank" : "account of its bank"} while an answer is lost`);
    await to.setFaults({ dropReplyAfterCommit: 3, failBeforeCommit: 1, kind: "credit" });
    victims.ask(transferBody(payer, payee, 1n));
    await wait(LOST_MS);
    const move = moveEntry(system, { phone: payee.phone, from: to, to: later.bank, account: later.account });
    const moved = await Promise.race([move.then(() => true).catch(() => false), sleep(MOVE_LIMIT_MS, false)]);
    if (!moved) note("a number's move did not come to the chain");
    await to.setFaults({});
    victims.laterHolders.push({ phone: payee.phone, account: later.account, bank: toOther ? "payers'" : "payees'" });
  }

  return { stepClock, fillDisk, starveMemory, slowLink, lieAsBank, lieAsNode, moveNumber };
}

function forge(log: { data: string }): unknown {
  return { ...log, data: `${log.data.slice(0, -FORGED_DIGITS)}deadbeef` };
}
