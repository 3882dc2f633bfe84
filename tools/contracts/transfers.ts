import { encodeBytes32String, hexlify, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import { deriveTransferId } from "../../src/domain/ids.js";
import type { ITransferStateRepo } from "../../types/ethers-contracts/contracts/interfaces/ITransferStateRepo.js";
import { BANKS, DOMAIN, ORGANISATION } from "./network.js";

/** Thai baht (ISO 4217). */
export const THB = 764;

export const DAY_SECONDS = 86_400;

export const EVIDENCE = encodeBytes32String("receipt");

export const NO_EVIDENCE = `0x${"00".repeat(32)}`;

/** ISO 20022 external status reasons: account closed, and none. */
export const REASON = reasonCode("AC04");

export const NO_REASON = "0x00000000";

let lastId = 0;

/** An alias, or the id of no transfer, that nothing else of the test run has. */
export function newId(): string {
  lastId += 1;
  return keccak256(toBeHex(lastId));
}

/** A request's hash that no other transfer of the test run has. */
export function newRequest(): string {
  return newId();
}

/** The id that the contract makes of a request of the initiator's organisation, or of another. */
export function idOf(requestHash: string, organisation: string = ORGANISATION): string {
  return deriveTransferId({ domain: DOMAIN, organisation, requestHash });
}

/** A start, with the id that the contract will make for it beside. */
export type StartItem = Omit<ITransferStateRepo.StartStruct, "requestHash"> & { requestHash: string; id: string };

/** A reason code as the contracts hold it: four ASCII bytes. */
export function reasonCode(text: string): string {
  return hexlify(toUtf8Bytes(text));
}

/** A start from the payer's bank to the payee's that the contract accepts, but for what is overridden. */
export function startOf(nowSeconds: number, overrides: Partial<Omit<StartItem, "id">> = {}): StartItem {
  const requestHash = overrides.requestHash ?? newRequest();
  return {
    id: idOf(requestHash),
    requestHash,
    payerBank: BANKS.payer,
    payeeBank: BANKS.payee,
    currency: THB,
    amount: 12_345n,
    deadline: nowSeconds + DAY_SECONDS,
    details: "0x",
    ...overrides,
  };
}

/** What a transaction is sent with so that it has a place in its block, whatever the node goes by. */
export type Order = ReturnType<typeof inOrder>;

/** @param place 0 for the first of a block, 1 for the second. It offers more for its gas than the next. */
export function inOrder(place: number) {
  const priorityFeeGwei = 10n - BigInt(place);
  return { gasLimit: 300_000, maxPriorityFeePerGas: priorityFeeGwei * 10n ** 9n, maxFeePerGas: 100n * 10n ** 9n };
}
