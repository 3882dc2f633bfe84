/**
 * - `maxAttempts`: tries before a delivery is dead.
 * - `firstRetryMs`, `maxRetryMs`: the first pause and the longest; each is twice the one before, less up to half by chance.
 */
export interface RetryPolicy {
  maxAttempts: number;
  firstRetryMs: number;
  maxRetryMs: number;
}

/**
 * What is set of a function. What is null filters nothing.
 *
 * - `url`: `module:<digest>` where a module is the target.
 * - `ofPrincipal`: whose transfers' events.
 * - `currency`: ISO 4217 number.
 */
export interface FunctionSettings {
  url: string;
  types: string[];
  payerBank: string | null;
  payeeBank: string | null;
  ofPrincipal: string | null;
  currency: number | null;
  batchSize: number;
  concurrency: number;
  retry: RetryPolicy | null;
}

/** A module: what was given, and the same without types. */
export interface FunctionModule {
  source: string;
  code: string;
}
