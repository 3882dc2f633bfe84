import { Counter, Histogram, type Registry } from "prom-client";
import { AppError } from "../domain/app-error.js";

// Those that an alert asks for stand at 0 from the beginning: a rise from nothing is no rise to Prometheus.
const RESULTS_WITH_ALERT = ["cannot-open", "chain-reverted", "internal"];
const BANK_OPERATIONS = ["post", "find", "close"] as const;
const BANK_FAILURES: Record<string, string> = {
  "bank-unreachable": "unreachable",
  "bank-outcome-unknown": "unknown",
  "bank-protocol": "protocol",
};
const BANK_OUTCOMES = ["posted", "refused", "not_found", "unreachable", "unknown", "protocol", "error"];
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Measures one leg: what came of each transfer. `result` is the state it went on to, or an error's code. */
export function createLegMetrics(registry: Registry, leg: string): (result: string) => void {
  const results = new Counter({
    name: "eventmachine_leg_results_total",
    help: "Transfers that a function dealt with, by the state each went on to or the code of the error",
    labelNames: ["leg", "result"],
    registers: [registry],
  });
  for (const result of RESULTS_WITH_ALERT) results.inc({ leg, result }, 0);
  return (result) => results.inc({ leg, result });
}

/** Measures the calls to a bank; otherwise it is the same bank. */
export function observeBank<Bank extends BankCalls>(bank: Bank, registry: Registry): Pick<Bank, keyof BankCalls> {
  const calls = new Counter({
    name: "eventmachine_bank_calls_total",
    help: "Calls to the bank, by operation and by what came of them",
    labelNames: ["operation", "outcome"],
    registers: [registry],
  });
  for (const operation of BANK_OPERATIONS) for (const outcome of BANK_OUTCOMES) calls.inc({ operation, outcome }, 0);
  const duration = new Histogram({
    name: "eventmachine_bank_call_duration_seconds",
    help: "How long the bank took, what it was asked again for included",
    labelNames: ["operation"],
    buckets: SECONDS,
    registers: [registry],
  });

  function observed<Args extends unknown[], Answer extends { status: string } | undefined>(
    operation: (typeof BANK_OPERATIONS)[number],
    call: (...args: Args) => Promise<Answer>,
  ): (...args: Args) => Promise<Answer> {
    return async (...args) => {
      const end = duration.startTimer({ operation });
      try {
        const answer = await call(...args);
        calls.inc({ operation, outcome: answer?.status ?? "not_found" });
        return answer;
      } catch (error) {
        calls.inc({ operation, outcome: (error instanceof AppError && BANK_FAILURES[error.code]) || "error" });
        throw error;
      } finally {
        end();
      }
    };
  }

  return { post: observed("post", bank.post), find: observed("find", bank.find), close: observed("close", bank.close) };
}

interface BankCalls {
  // Any arguments: they hold account numbers, and are none of a metric's business.
  post(...args: never[]): Promise<{ status: string }>;
  find(...args: never[]): Promise<{ status: string } | undefined>;
  close(...args: never[]): Promise<{ status: string }>;
}
