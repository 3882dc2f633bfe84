import { isError } from "ethers";

/** One line about an error of ethers or of a node, without the request's body. */
export function describeRpcError(error: unknown): string {
  if (isError(error, "CALL_EXCEPTION")) return `reverted (${error.revert?.name ?? error.data ?? error.shortMessage})`;
  // What ethers has no name for: the node's own words say more than "could not coalesce error".
  const told = error instanceof Error && "error" in error ? (error.error as { message?: unknown } | null)?.message : undefined;
  if (typeof told === "string") return told.slice(0, 300);
  if (error instanceof Error) return ("shortMessage" in error ? String(error.shortMessage) : error.message).slice(0, 300);
  return String(error).slice(0, 300);
}
