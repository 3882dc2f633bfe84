import { type Command, InvalidArgumentError } from "commander";
import type { JSONWebKeySet } from "jose";
import { readBounded } from "../../domain/read-bounded.js";
import { parseJson } from "../arguments.js";
import { EXIT, UnavailableError, UsageError } from "../exit-codes.js";
import { showMoney } from "../output.js";
import type { Runner, Session } from "../session.js";

interface Options {
  rpc: string;
  keys: string;
  contract?: string;
  trustHeaders?: boolean;
  principal?: string;
  idempotencyKey?: string;
}

const TIMEOUT_MS = 15_000;
// A set of keys is some kilobytes.
const MAX_KEYS_BYTES = 1_048_576;

/** `verify-receipt`. */
export function addVerifyReceipt(program: Command, runner: Runner): void {
  program
    .command("verify-receipt")
    .description("whether a receipt is signed, is of what was asked for, and is what the chain's blocks say, each hashed again")
    .argument("<file>", "what `GET /v1/transfers/{id}/receipt` answered; - is the standard input")
    .requiredOption("--rpc <url>", "a node of the chain; only its choice of the chain is believed")
    .requiredOption("--keys <url or file>", "the issuer's public keys: its /.well-known/jwks.json, or a copy")
    .option("--contract <address>", "the contract that counts; without it, the one that the receipt names", contractAddress)
    .option("--principal <id>", "with --idempotency-key: the receipt must be of the request that this principal made")
    .option("--idempotency-key <key>", "the key of that request")
    .option("--trust-headers", "for chains that hash headers in a way of their own (Besu's QBFT and IBFT)")
    .action(runner.act<Options>(verify));
}

async function verify({ output, readInput, warn }: Session, [file = ""]: string[], options: Options): Promise<number> {
  const request = requestOf(options);
  const text = await readInput(file);
  const keys = await readKeys(readInput, options.keys);
  // Loaded here: no other command needs what reads a chain.
  const { openNode } = await import("../../receipts/open-node.js");
  const { verifyReceipt } = await import("../../receipts/verify-receipt.js");
  const provider = await openNode(options.rpc).catch(noAnswer("the node"));
  try {
    const { contract, trustHeaders = false } = options;
    const checkedBy = { contract, trustHeaders, request };
    const { receipt, problems, checks } = await verifyReceipt({ provider, keys }, text, checkedBy).catch(noAnswer("the node"));
    if (receipt === undefined || problems.length > 0) {
      output.done(problems.join("\n"), { good: false, problems, checks });
      return EXIT.notGood;
    }
    const { id, amount, payer, payee } = receipt.transfer;
    const lines = checks.map(({ part, by, good }) => `${good === undefined ? "not checked" : "checked"}: ${part} (by ${by})`);
    output.done([`good: ${showMoney(amount)} from ${payer.bank} to ${payee.bank}, transfer ${id}`, ...lines].join("\n"), {
      good: true,
      ...receipt.transfer,
      checks,
    });
    if (contract === undefined)
      warn(`It is of the contract ${receipt.network.contract}: compare it with the one you know, or give --contract.\n`);
    return EXIT.done;
  } finally {
    provider.destroy();
  }
}

function requestOf({ principal, idempotencyKey }: Options): { principal: string; idempotencyKey: string } | undefined {
  if (principal === undefined && idempotencyKey === undefined) return undefined;
  if (principal !== undefined && idempotencyKey !== undefined) return { principal, idempotencyKey };
  throw new UsageError("--principal and --idempotency-key go together.");
}

async function readKeys(readInput: Session["readInput"], from: string): Promise<JSONWebKeySet> {
  const text = /^https?:/.test(from) ? await fetchText(from).catch(noAnswer("who has the keys")) : await readInput(from);
  const value = parseJson(text, "What --keys names");
  if (typeof value === "object" && value !== null && "keys" in value && Array.isArray(value.keys)) return { keys: value.keys };
  throw new UsageError("What --keys names is no set of keys (RFC 7517).");
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return await readBounded(response.body, MAX_KEYS_BYTES);
}

function noAnswer(who: string): (error: unknown) => never {
  return (error) => {
    throw new UnavailableError(`It cannot be told: ${who} gives no good answer. ${error instanceof Error ? error.message : ""}`);
  };
}

function contractAddress(text: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text;
  throw new InvalidArgumentError("It is 0x and 40 hex digits.");
}
