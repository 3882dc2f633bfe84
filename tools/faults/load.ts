import { setTimeout as sleep } from "node:timers/promises";
import type { TransferResource } from "../../src/api/http/schemas.js";
import type { Random } from "../simulation/random.js";
import { type System, transferBody } from "../system/stack.js";

const CUSTOMERS = 12;
const OPENING_MINOR = 10_000_000n;
const AMOUNT_MINOR = 100n;
const EVERY_MS = 120;
const RETRY_MS = 500;
const TRIES_MAX = 600;
const ANSWER_TIMEOUT_MS = 15_000;
const OK: readonly number[] = [200, 202];
// So often a client asks twice at once.
const DOUBLED = 0.1;

/** Asks for one transfer after another, each under its own key until it is promised; some are refused by their bank. */
export async function startLoad(system: System, random: Random) {
  const many = <T>(make: () => Promise<T>) => Promise.all(Array.from({ length: CUSTOMERS }, make));
  const payers = [...(await many(() => system.newPayer(OPENING_MINOR))), await system.newPayer(0n)];
  const payees = await many(() => system.newPayee());
  await system.payeeBank.closeAccount(payees[0]?.account ?? "");
  const stop = new AbortController();
  const promised = new Map<string, Set<string>>();
  const underWay: Promise<void>[] = [];
  let asked = 0;

  async function persist(key: string, body: ReturnType<typeof transferBody>): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      // A client gives up waiting for an answer before it gives up the transfer.
      const answer = await Promise.race([
        system.api.post<TransferResource>(body, { key }).catch(() => undefined),
        sleep(ANSWER_TIMEOUT_MS, undefined),
      ]);
      if (answer !== undefined && OK.includes(answer.status)) {
        promised.set(key, (promised.get(key) ?? new Set()).add(answer.body.id));
        return;
      }
      await sleep(RETRY_MS);
    }
    promised.set(key, promised.get(key) ?? new Set());
  }

  function ask(body: ReturnType<typeof transferBody>): void {
    asked += 1;
    underWay.push(persist(`asked-${asked}`, body));
  }

  const sending = (async () => {
    for (let count = 0; !stop.signal.aborted; count += 1) {
      const body = transferBody(random.pick(payers), random.pick(payees), AMOUNT_MINOR);
      for (let copies = random.chance(DOUBLED) ? 2 : 1; copies > 0; copies -= 1) underWay.push(persist(`faults-${count}`, body));
      await sleep(EVERY_MS);
    }
  })();

  return {
    /** Asks for so many transfers at once. */
    burst(transfers: number): void {
      for (let count = 0; count < transfers; count += 1)
        ask(transferBody(random.pick(payers), random.pick(payees), AMOUNT_MINOR));
    },
    ask,
    /** Asks for no more, and waits until everything asked for is promised: transfer ids by Idempotency-Key. */
    async finish(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
      stop.abort();
      await sending;
      await Promise.all(underWay);
      return promised;
    },
  };
}
