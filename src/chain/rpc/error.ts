import { isError } from "ethers";
import { conditionOf, type NodeCondition } from "./node-dialects.js";

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

/** Which condition of a node an error tells of; `undefined` for an error that no node gave, or in words that no dialect has. */
export function nodeCondition(error: unknown): NodeCondition | undefined {
  const said = nodeErrorOf(error);
  return said === undefined ? undefined : conditionOf(said);
}

/** Whether a contract refused a call. Ethers calls every failed call that, one of a node that has lost the block's state as well. */
export function isRevert(error: unknown): boolean {
  if (!isError(error, "CALL_EXCEPTION")) return false;
  const hasData = error.data !== null && error.data !== "0x";
  return hasData || nodeErrorOf(error) === undefined || nodeCondition(error) === "reverted";
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
