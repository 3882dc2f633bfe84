import { isError } from "ethers";

const MAX_CHARACTERS = 300;

/** A JSON-RPC error as a node gave it. */
export interface NodeError {
  code: unknown;
  message: string;
}

/** The error that a node answered with, wherever ethers has put it; `undefined` for an error of another kind. */
export function nodeErrorOf(error: unknown): NodeError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { error: own, info, cause } = error as { error?: unknown; info?: { error?: unknown }; cause?: unknown };
  for (const found of [own, info?.error]) {
    const { code, message } = (found ?? {}) as { code?: unknown; message?: unknown };
    if (typeof message === "string") return { code, message };
  }
  return cause === undefined ? undefined : nodeErrorOf(cause);
}

/** One line about an error of ethers or of a node, without the request's body. */
export function describeRpcError(error: unknown): string {
  const told = nodeErrorOf(error)?.message.slice(0, MAX_CHARACTERS);
  if (isError(error, "CALL_EXCEPTION")) {
    if (error.revert !== null && error.revert !== undefined) return `reverted (${error.revert.name})`;
    if (error.data !== null && error.data !== "0x") return `reverted (${error.data})`;
    // Ethers calls every failed call a revert: a node that has lost the block's state says so in its own words only.
    return told ?? `reverted (${error.shortMessage})`;
  }
  // For what ethers has no name for, the node's own words say more than "could not coalesce error".
  if (told !== undefined) return told;
  if (error instanceof Error)
    return ("shortMessage" in error ? String(error.shortMessage) : error.message).slice(0, MAX_CHARACTERS);
  return String(error).slice(0, MAX_CHARACTERS);
}
