import { AbiCoder, id as eventTopic, getBytes, type JsonRpcProvider, toUtf8String } from "ethers";
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import { Value } from "typebox/value";
import { canonicalJson, evidenceHash } from "../domain/evidence.js";
import { deriveTransferId, requestHashOf } from "../domain/ids.js";
import { keccak256 } from "../domain/keccak.js";
import { currencyByNumeric } from "../domain/money.js";
import { type AuditedLog, readBlock } from "./read-block.js";
import { RECEIPT_TYPE, type Receipt, SignedReceiptSchema } from "./receipt.js";

/** What is not as the receipt says, one a line; nothing for a good receipt. */
export type Problems = string[];

/** A part of a receipt, what it was checked by, and whether it is good; `undefined` where nothing here can check it. */
export interface ReceiptCheck {
  part: string;
  by: string;
  good: boolean | undefined;
}

/** What whoever asked for the transfer knows of the request. */
export interface KnownRequest {
  principal: string;
  idempotencyKey: string;
}

// The contract's events that a receipt rests on, as Solidity declares them; a test compares them with the contract.
export const STARTED = "TransferStarted(bytes32,bytes8,bytes8,uint64,uint16,uint64,uint40,bytes)";
export const PENDING = "TransferPending(bytes32,uint64,bytes32)";
export const COMPLETED = "TransferCompleted(bytes32,uint64,bytes32)";

const SIGNATURES: Readonly<Record<string, string>> = {
  "eventmachine.transfer.started": STARTED,
  "eventmachine.transfer.pending": PENDING,
  "eventmachine.transfer.completed": COMPLETED,
};
/** What each event proves. */
const PROVEN: Readonly<Record<string, string>> = {
  "eventmachine.transfer.started": "the start: banks, amount, currency and sealed details",
  "eventmachine.transfer.pending": "the payer's bank reported the debit, by its receipt's hash",
  "eventmachine.transfer.completed": "the payee's bank reported the credit, by its receipt's hash",
};
const abi = AbiCoder.defaultAbiCoder();

/**
 * Checks a signed receipt: the signature under one of `keys`, that it is consistent, that what was asked for is what the chain has, and that
 * each event stands where it says, in blocks whose headers and receipts' tries are hashed again: of the node, only its choice of the chain
 * is believed.
 *
 * @param text what `GET /v1/transfers/{id}/receipt` answered
 * @param options.contract the contract that counts; the receipt's own, where it is not given
 * @param options.request the request that the receipt must be of
 * @throws Error where node or chain give no answer
 */
export async function verifyReceipt(
  { provider, keys }: { provider: JsonRpcProvider; keys: JSONWebKeySet },
  text: string,
  options: { contract?: string | undefined; trustHeaders: boolean; request?: KnownRequest | undefined },
): Promise<{ receipt?: Receipt; problems: Problems; checks: ReceiptCheck[] }> {
  const signed = parse(text);
  if (signed === undefined) return { problems: ["This is no signed receipt."], checks: [] };
  const { receipt, jws } = signed;
  const problems: Problems = [];
  const checks: ReceiptCheck[] = [];
  const note = (part: string, by: string, found: Problems) => {
    problems.push(...found);
    checks.push({ part, by, good: found.length === 0 });
  };
  note("who has signed it", "the issuer's keys", await signatureProblems(keys, receipt, jws));
  note("its banks, steps and banks' receipts agree", "the receipt itself", storyProblems(receipt));
  checkRequest(receipt, options.request, { note, checks });
  const { contract } = receipt.network;
  if (options.contract !== undefined && options.contract.toLowerCase() !== contract.toLowerCase()) {
    problems.push(`It is about the contract ${contract}, not ${options.contract}.`);
  }
  const { chainId } = await provider.getNetwork();
  if (chainId.toString() !== receipt.network.chainId) {
    problems.push(`It is about chain ${receipt.network.chainId}; the node is of chain ${chainId}.`);
    return { receipt, problems, checks };
  }
  for (const event of receipt.events) {
    const part = PROVEN[event.type] ?? `its step ${event.type}`;
    note(part, `block ${event.blockNumber}, hashed again`, await eventProblems(provider, receipt, event, options.trustHeaders));
  }
  return { receipt, problems, checks };
}

/** Whether the receipt is of the request, and the chain has what was asked for. */
function checkRequest(
  receipt: Receipt,
  known: KnownRequest | undefined,
  { note, checks }: { note: (part: string, by: string, found: Problems) => void; checks: ReceiptCheck[] },
): void {
  const { requested, transfer, network, issuer } = receipt;
  if (requested === undefined) {
    checks.push({ part: "what was asked for", by: "nothing: the receipt does not say it", good: undefined });
    if (known !== undefined) note("the request is yours", "the receipt itself", ["It does not say what was asked for."]);
    return;
  }
  const { requestHash } = requested;
  const named = deriveId({ domain: network.domain, organisation: issuer, requestHash });
  note(
    "the transfer is the request's",
    "its id, made of issuer and request",
    named === transfer.id ? [] : ["Its id is not of its request."],
  );
  const asked = ({ payer, payee, amount }: Pick<Receipt["transfer"], "payer" | "payee" | "amount">) =>
    `${amount.amount} ${amount.currency} from ${payer.bank} to ${payee.bank}`;
  const differs = asked(requested) !== asked(transfer);
  note(
    "amount, currency and banks are those asked for",
    "the issuer's journal beside the chain's facts",
    differs ? [`It was asked for ${asked(requested)}; the transfer is ${asked(transfer)}.`] : [],
  );
  const part = "payer's and payee's numbers, and the message";
  checks.push({
    part,
    by: "the two banks alone; the issuer's API tells whether a repeated request is the same",
    good: undefined,
  });
  if (known === undefined) return;
  const isYours = requestHashOf(known) === requestHash;
  note("the request is yours", "principal and Idempotency-Key", isYours ? [] : ["It is of another request than yours."]);
}

/** `undefined` where the issuer is no organisation's name. */
function deriveId(of: Parameters<typeof deriveTransferId>[0]): string | undefined {
  try {
    return deriveTransferId(of);
  } catch {
    // Not a name: so no id is made of it.
    return undefined;
  }
}

function parse(text: string) {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(SignedReceiptSchema, value) ? value : undefined;
  } catch {
    // Not JSON: so it is no receipt.
    return undefined;
  }
}

async function signatureProblems(keys: JSONWebKeySet, receipt: Receipt, jws: string): Promise<Problems> {
  try {
    const { payload, protectedHeader } = await compactVerify(jws, createLocalJWKSet(keys), { algorithms: ["EdDSA"] });
    if (protectedHeader.typ !== RECEIPT_TYPE) return ["The signature is not one of a receipt."];
    return Buffer.from(payload).toString("utf8") === canonicalJson(receipt)
      ? []
      : ["What was signed is not what the receipt says."];
  } catch {
    // jose's own errors say how it is wrong; to whoever holds the receipt it is the same.
    return ["The signature is not good under any of the keys."];
  }
}

/** What the receipt itself contradicts. */
function storyProblems({ evidence, events, transfer }: Receipt): Problems {
  const legs = evidence.map(({ leg, bank }) => `${leg} ${bank}`).join();
  return [
    ...(legs === `debit ${transfer.payer.bank},credit ${transfer.payee.bank}` ? [] : ["Its evidence is not of its two banks."]),
    ...(events[0]?.type === "eventmachine.transfer.started" ? [] : ["Its first event is not the start."]),
    ...(events.at(-1)?.type === "eventmachine.transfer.completed" ? [] : ["Its last event is not the completion."]),
    ...(events.some(({ type }) => type === "eventmachine.transfer.pending") ? [] : ["It lacks the debit's event."]),
    ...evidence.flatMap(({ leg, hash, receipt }) =>
      receipt === undefined || evidenceHash(receipt) === hash ? [] : [`The ${leg}'s receipt is not what its hash says.`],
    ),
  ];
}

async function eventProblems(
  provider: JsonRpcProvider,
  receipt: Receipt,
  event: Receipt["events"][number],
  trustHeaders: boolean,
): Promise<Problems> {
  const what = `The event ${event.type} (sequence ${event.sequence})`;
  const block = await readBlock(provider, Number(event.blockNumber), { contract: receipt.network.contract, trustHeaders });
  if (block.hash !== event.blockHash) return [`${what} is in a block that is not of the chain.`];
  const log = block.logs.find(({ index }) => index === event.logIndex);
  if (log === undefined || log.transactionHash !== event.transactionHash) return [`${what} is not in its block.`];
  if (log.topics[1] !== receipt.transfer.id) return [`${what} is another transfer's.`];
  const signature = SIGNATURES[event.type];
  // What came between (suspended, resolved, …) is shown, and proves nothing.
  if (signature === undefined) return [];
  if (log.topics[0] !== eventTopic(signature)) return [`${what} is another kind of event.`];
  return said(receipt, event, log) ? [] : [`${what} says something else on the chain.`];
}

function said(
  { transfer, evidence, requested }: Receipt,
  event: Receipt["events"][number],
  { topics, data }: AuditedLog,
): boolean {
  if (event.type === "eventmachine.transfer.started") {
    const [sequence, currency, amount, , details] = abi.decode(["uint64", "uint16", "uint64", "uint40", "bytes"], data);
    return (
      (requested === undefined || keccak256(getBytes(String(details))) === requested.detailsHash) &&
      String(sequence) === event.sequence &&
      String(amount) === transfer.amount.amount &&
      (currencyByNumeric(Number(currency))?.code ?? String(currency)) === transfer.amount.currency &&
      bankOf(topics[2]) === transfer.payer.bank &&
      bankOf(topics[3]) === transfer.payee.bank
    );
  }
  const [sequence, hash] = abi.decode(["uint64", "bytes32"], data);
  const leg = event.type === "eventmachine.transfer.pending" ? "debit" : "credit";
  return String(sequence) === event.sequence && evidence.some((one) => one.leg === leg && one.hash === hash);
}

/** A BIC8 in the first eight bytes of a topic. */
function bankOf(topic = ""): string {
  return toUtf8String(topic.slice(0, 18));
}
