import { AbiCoder, id as eventTopic, type JsonRpcProvider, toUtf8String } from "ethers";
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import { Value } from "typebox/value";
import { canonicalJson, evidenceHash } from "../domain/evidence.js";
import { currencyByNumeric } from "../domain/money.js";
import { type AuditedLog, readBlock } from "./read-block.js";
import { RECEIPT_TYPE, type Receipt, SignedReceiptSchema } from "./receipt.js";

/** What is not as the receipt says, one a line; nothing for a good receipt. */
export type Problems = string[];

// The contract's events that a receipt rests on, as Solidity declares them; a test compares them with the contract.
export const STARTED = "TransferStarted(bytes32,bytes8,bytes8,uint64,uint16,uint64,uint40,bytes)";
export const PENDING = "TransferPending(bytes32,uint64,bytes32)";
export const COMPLETED = "TransferCompleted(bytes32,uint64,bytes32)";

const SIGNATURES: Readonly<Record<string, string>> = {
  "eventmachine.transfer.started": STARTED,
  "eventmachine.transfer.pending": PENDING,
  "eventmachine.transfer.completed": COMPLETED,
};
const abi = AbiCoder.defaultAbiCoder();

/**
 * Checks a signed receipt: the signature under one of `keys`, that it is consistent, and that each event stands where it says, in blocks
 * whose headers and receipts' tries are hashed again: of the node, only its choice of the chain is believed.
 *
 * @param text what `GET /v1/transfers/{id}/receipt` answered
 * @param options.contract the contract that counts; the receipt's own, where it is not given
 * @throws Error where node or chain give no answer
 */
export async function verifyReceipt(
  { provider, keys }: { provider: JsonRpcProvider; keys: JSONWebKeySet },
  text: string,
  options: { contract?: string | undefined; trustHeaders: boolean },
): Promise<{ receipt?: Receipt; problems: Problems }> {
  const signed = parse(text);
  if (signed === undefined) return { problems: ["This is no signed receipt."] };
  const { receipt, jws } = signed;
  const problems = [...(await signatureProblems(keys, receipt, jws)), ...storyProblems(receipt)];
  const { contract } = receipt.network;
  if (options.contract !== undefined && options.contract.toLowerCase() !== contract.toLowerCase()) {
    problems.push(`It is about the contract ${contract}, not ${options.contract}.`);
  }
  const { chainId } = await provider.getNetwork();
  if (chainId.toString() !== receipt.network.chainId) {
    problems.push(`It is about chain ${receipt.network.chainId}; the node is of chain ${chainId}.`);
    return { receipt, problems };
  }
  for (const event of receipt.events) problems.push(...(await eventProblems(provider, receipt, event, options.trustHeaders)));
  return { receipt, problems };
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

function said({ transfer, evidence }: Receipt, event: Receipt["events"][number], { topics, data }: AuditedLog): boolean {
  if (event.type === "eventmachine.transfer.started") {
    const [sequence, currency, amount] = abi.decode(["uint64", "uint16", "uint64", "uint40", "bytes"], data);
    return (
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
