import { AppError } from "../domain/app-error.js";

// PostgreSQL's SQLSTATEs (Appendix A of its manual), whole or by their class, that are about the server or the connection. 08: connection;
// 25006: the server is read-only; 25P03, 25P04: a transaction was idle or ran for too long; 26000, 42P05: a pooler changed the server
// connection; 28: this server admits us no more; 3D000: no such database; 40: rolled back; 53: resources; 57: operator intervention;
// 58, XX: the server's own trouble.
const UNAVAILABLE = /^(08|25006|25P03|25P04|26000|28|3D000|40|42P05|53|57|58|XX)/;
// A connection can do no more work after these. Not after 40, 53 and 57014 (query cancelled): the next statement may do.
const SPENT = /^(08|25006|25P03|25P04|26000|42P05|57P|58|XX)/;
// These errors concern every connection: the server was shut down, or became read-only for sessions of before.
const ALL_SPENT = /^(25006|57P)/;
// The tables or their schema are gone: the database was dropped and restored empty.
const SCHEMA_MISSING = /^(42P01|3F000)$/;
const CACHED_PLAN = /cached plan must not change result type/;

/** Whether an error is about the connection or the server's coming and going, not about the query. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AppError) return error.code === "store-unavailable";
  const code = sqlState(error);
  // Node's codes; the pool's own messages.
  if (UNAVAILABLE.test(code) || SCHEMA_MISSING.test(code) || /^E[A-Z]+$/.test(code)) return true;
  return /Connection terminated|timeout exceeded|is not queryable/.test(error.message) || CACHED_PLAN.test(error.message);
}

/** How many connections can do no more work after an error of one of them. */
export function spentBy(error: unknown): "none" | "one" | "all" {
  if (!(error instanceof Error) || error instanceof AppError) return "none";
  const code = sqlState(error);
  if (ALL_SPENT.test(code)) return "all";
  return SPENT.test(code) || CACHED_PLAN.test(error.message) ? "one" : "none";
}

/** Whether an error says that the store's tables are not there. */
export function isSchemaMissing(error: unknown): boolean {
  return error instanceof Error && SCHEMA_MISSING.test(sqlState(error));
}

/** The text of a store's error. */
export function describeStoreError(error: unknown): string {
  return error instanceof Error ? error.message || sqlState(error) || error.name : String(error);
}

function sqlState(error: Error): string {
  return "code" in error ? String(error.code) : "";
}
