import { setTimeout as delay } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import { type Static, Type } from "typebox";
import { errorPage } from "./web-pages.js";

/** The steps of a teller's work, by the request that each makes. */
export const WEB_STEPS = ["login", "entry", "review", "confirmation", "statement"] as const;

export type WebStep = (typeof WEB_STEPS)[number];

const MAX_DELAY_MS = 600_000;

/**
 * What goes wrong on purpose, at a step, so many `times` (for good where that is left out).
 *
 * - `error-before`, `error-after`: an error page (500), with nothing done, or with all done.
 * - `cut-before`, `cut-after`: the connection is cut, likewise.
 * - `slow-before`, `slow-after`: `delayMs` pass, before or after it is done.
 * - `changed`: the page has another lay-out.
 * - `expired`: the session has ended; nothing is done.
 * - `wrong-amount`, `wrong-currency`, `wrong-account`, `wrong-direction`: the page shows another than the bank has booked.
 */
export const WebFaultsBody = Type.Array(
  Type.Object(
    {
      step: Type.Enum([...WEB_STEPS]),
      fault: Type.Enum([
        ...([
          "error-before",
          "error-after",
          "cut-before",
          "cut-after",
          "slow-before",
          "slow-after",
          "changed",
          "expired",
          "wrong-amount",
          "wrong-currency",
          "wrong-account",
          "wrong-direction",
        ] as const),
      ]),
      times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_DELAY_MS })),
    },
    { additionalProperties: false },
  ),
  { maxItems: 50 },
);

export type WebFault = Static<typeof WebFaultsBody>[number];

/** The pages' faults. */
export interface WebFaults {
  settings(): readonly WebFault[];
  /** Replaces the faults and lets go whatever is delayed. */
  replace(faults: readonly WebFault[]): void;
  /** Does `work` and sends what it returns, unless a fault comes between. `expire` ends the session. */
  around(step: WebStep, reply: FastifyReply, expire: () => void, work: () => Shown): Promise<FastifyReply>;
}

/** A page, or where else to look. */
export type Shown = string | { location: string };

/** Starts without any fault. */
export function createWebFaults(): WebFaults {
  let faults: readonly WebFault[] = [];
  let change = Promise.withResolvers<void>();

  const take = (step: WebStep, name: WebFault["fault"]): WebFault | undefined => {
    const found = faults.find((fault) => fault.step === step && fault.fault === name);
    if (found?.times === undefined) return found;
    const left = { ...found, times: found.times - 1 };
    faults = faults.flatMap((fault) => (fault !== found ? [fault] : left.times === 0 ? [] : [left]));
    return found;
  };

  const slow = async (fault: WebFault | undefined): Promise<void> => {
    // Not a reason to keep the process alive: the listening server is.
    if (fault !== undefined) await Promise.race([delay(fault.delayMs ?? 0, undefined, { ref: false }), change.promise]);
  };

  return {
    settings: () => faults,
    replace: (next) => {
      faults = next;
      const before = change;
      change = Promise.withResolvers();
      before.resolve();
    },
    around: async (step, reply, expire, work) => {
      await slow(take(step, "slow-before"));
      if (take(step, "expired")) {
        expire();
        return reply.redirect("/login", 303);
      }
      if (take(step, "cut-before")) return cutConnection(reply);
      if (take(step, "error-before")) return reply.code(500).send(errorPage());
      const result = work();
      await slow(take(step, "slow-after"));
      if (take(step, "cut-after")) return cutConnection(reply);
      if (take(step, "error-after")) return reply.code(500).send(errorPage());
      if (typeof result !== "string") return reply.redirect(result.location, 303);
      const shown = MISPRINTS.reduce((html, name) => (take(step, `wrong-${name}`) ? misprint(html, name) : html), result);
      return reply.send(take(step, "changed") ? changeLayout(shown) : shown);
    },
  };
}

/** What a new release of a bank's pages does to those who read them: the same words, under other names. */
function changeLayout(html: string): string {
  return html.replace(/ (id|name|data-field|data-code)="/g, ' data-$1-2="');
}

const MISPRINTS = ["amount", "currency", "account", "direction"] as const;
const WRONG = { amount: "0.01", currency: "USD", account: "000-0-00000-0" };

/** The same page with another value in each field of the name. */
function misprint(html: string, name: (typeof MISPRINTS)[number]): string {
  return html.replace(new RegExp(`(data-field="${name}">)([^<]*)`, "g"), (_, field: string, value: string) => {
    const wrong = name === "direction" ? (value === "in" ? "out" : "in") : WRONG[name];
    return `${field}${wrong}`;
  });
}

function cutConnection(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.request.raw.socket.destroy();
  return reply;
}
