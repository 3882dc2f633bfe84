import { getAddress, isHexString, Transaction, toQuantity } from "ethers";
import { type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { AppError } from "../../domain/app-error.js";
import { readBounded } from "../../domain/read-bounded.js";
import type { TransactionSigner, UnsignedTransaction } from "./transaction-signer.js";

// A signer that keeps its keys in hardware or in a cloud takes its time, but less than a block.
const SIGNER_TIMEOUT_MS = 5_000;
const ERROR_MAX_CHARACTERS = 200;
// The largest signed transaction that a node takes is 128 KiB, in hex twice that; the addresses of thousands of keys fit too.
const MAX_ANSWER_BYTES = 1_048_576;

const Answer = Type.Union([
  Type.Object({ result: Type.Unknown() }),
  Type.Object({ error: Type.Object({ message: Type.String() }, { additionalProperties: true }) }),
]);

/**
 * A signer by the JSON-RPC API of web3signer's ETH1 mode: `eth_accounts` and `eth_signTransaction`. The key never leaves it. It is
 * not trusted further than that: what it signed is compared with what it was asked to sign.
 * @throws AppError `signer-refused` if it does not hold the address's key, `signer-unavailable` if it does not answer.
 */
export async function createRemoteSigner(url: string, wanted: string): Promise<TransactionSigner> {
  const { host } = new URL(url);
  const address = getAddress(wanted);
  const accounts = await ask("eth_accounts", [], Type.Array(Type.String()));
  if (!accounts.some((account) => account.toLowerCase() === address.toLowerCase())) {
    throw new AppError(
      "signer-refused",
      `The signer ${host} holds no key of ${address}. Load it there, or give another address.`,
    );
  }

  async function signTransaction(transaction: UnsignedTransaction): Promise<string> {
    const { nonce, to, data, gasLimit, maxFeePerGas, maxPriorityFeePerGas } = transaction;
    const request = {
      from: address,
      to,
      data,
      value: "0x0",
      gas: toQuantity(gasLimit),
      nonce: toQuantity(nonce),
      maxFeePerGas: toQuantity(maxFeePerGas),
      maxPriorityFeePerGas: toQuantity(maxPriorityFeePerGas),
    };
    const signed = await ask("eth_signTransaction", [request], Type.String());
    const fault = faultOf(signed, transaction, address);
    if (fault !== undefined) throw new AppError("signer-refused", `The signer ${host} signed something else: ${fault}.`);
    return signed;
  }

  async function ask<T extends TSchema>(method: string, params: unknown[], result: T): Promise<Type.Static<T>> {
    const answer = await post(method, params);
    if ("error" in answer) {
      const told = answer.error.message.slice(0, ERROR_MAX_CHARACTERS);
      throw new AppError("signer-refused", `The signer ${host} refused ${method}: ${told}. Its own log says more.`);
    }
    if (Value.Check(result, answer.result)) return answer.result;
    throw new AppError(
      "signer-unavailable",
      `The signer ${host} gave no usable answer to ${method}; is it a web3signer in ETH1 mode?`,
    );
  }

  async function post(method: string, params: unknown[]): Promise<Type.Static<typeof Answer>> {
    let status: number | undefined;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        redirect: "error",
        signal: AbortSignal.timeout(SIGNER_TIMEOUT_MS),
      });
      status = response.status;
      // A refusal comes with an HTTP error's status and a JSON-RPC error's body; a broken signer with the status alone.
      return Value.Parse(Answer, JSON.parse(await readBounded(response.body, MAX_ANSWER_BYTES)));
    } catch {
      const why = status === undefined ? `no answer within ${SIGNER_TIMEOUT_MS} ms, or no connection` : `HTTP status ${status}`;
      throw new AppError("signer-unavailable", `The signer ${host} does not answer (${why}). Start it, or check its URL.`);
    }
  }

  return { address, signTransaction };
}

/** What is wrong with a signed transaction; `undefined` if it is what was asked for. */
function faultOf(signed: string, asked: UnsignedTransaction, address: string): string | undefined {
  let found: Transaction;
  try {
    if (!isHexString(signed)) return "no transaction";
    found = Transaction.from(signed);
  } catch {
    return "no transaction";
  }
  if (found.from !== address) return `it is signed by ${found.from ?? "nobody"}`;
  if (found.chainId !== asked.chainId)
    return `it is for chain ${found.chainId}; start the signer with --chain-id=${asked.chainId}`;
  const same =
    found.type === asked.type &&
    found.nonce === asked.nonce &&
    found.to === getAddress(asked.to) &&
    found.data === asked.data.toLowerCase() &&
    found.value === 0n &&
    found.gasLimit === asked.gasLimit &&
    found.maxFeePerGas === asked.maxFeePerGas &&
    found.maxPriorityFeePerGas === asked.maxPriorityFeePerGas;
  return same ? undefined : "another nonce, target, call, gas or fee";
}
