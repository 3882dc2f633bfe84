import { setTimeout as sleep } from "node:timers/promises";
import { getBytes, hexlify, isError } from "ethers";
import type { Logger } from "pino";
import { AppError, type ErrorCode } from "../domain/app-error.js";
import type { Chain } from "./connect-chain.js";
import type { FeePolicy } from "./fees.js";
import { describeRpcError } from "./rpc-error.js";
import type { TransactionOutcome } from "./rpc-reads.js";
import { createTransactionLane, type TransactionLane } from "./transaction-lane.js";
import type { TransactionSigner } from "./transaction-signer.js";

// Whoever writes the next number of the bank waits for this one.
const WRITE_TIMEOUT_MS = 60_000;
const RECEIPT_POLL_MS = 20;
// What the call takes can change between the estimate and the block.
const GAS_MARGIN_PERCENT = 120n;

// What the contract's refusals mean to whoever asked; those that are not here point to a defect, or to the operator's rights.
const REFUSALS: Record<string, [ErrorCode, string]> = {
  PhoneAccountHeld: ["conflict", "The number is registered already; it moves to another bank by a claim."],
  PhoneAccountNotHolder: ["not-found", "The bank does not hold the number."],
  ClaimNotOpen: ["not-found", "There is no open claim for the number."],
  ClaimNotClaimant: ["not-found", "The bank has no open claim for the number."],
  ClaimTooEarly: ["conflict", "A claim is open, or one has ended lately; read it to see from when on another can be opened."],
  ClaimPointless: ["conflict", "No other bank holds the number: register or update it instead."],
  ClaimantInactive: ["conflict", "The claiming bank takes no part any more."],
};

/** A write to PhoneAccountRepo, by its name there. `sealedAccount` where it takes one. */
export type AccountWrite =
  | { method: "register" | "update" | "openClaim"; aliasId: string; sealedAccount: Uint8Array }
  | { method: "release" | "confirmClaim" | "withdrawClaim"; aliasId: string };

/** What became of a write. `version` is the entry's, where the write has changed it. */
export interface AccountWritten {
  version: number | undefined;
  transactionHash: string;
}

/** A bank's accounts operator. */
interface Writer {
  from: string;
  lane: TransactionLane;
}

/** Writes phone accounts and claims with the banks' accounts operators. `fees`: what is offered for gas. */
export function createAccountWriter(
  { chain, logger }: { chain: Chain; logger: Logger },
  operators: ReadonlyMap<string, TransactionSigner>,
  fees: FeePolicy,
) {
  const chainId = BigInt(chain.deployment.chainId);
  const contract = chain.phoneAccounts.interface;
  const writers = new Map(
    [...operators].map(([bank, signer]): [string, Writer] => {
      const deps = { signer, provider: chain.provider, chainId, logger };
      const options = { receiptPollMs: RECEIPT_POLL_MS, stuckAfterMs: WRITE_TIMEOUT_MS, fees };
      return [bank, { from: signer.address, lane: createTransactionLane(deps, options) }];
    }),
  );
  // One after another, so that the second of the same number is told what the first has done.
  const turns = new Map<string, Promise<unknown>>();

  /** @throws AppError `forbidden` without the bank's key here; `conflict` and `not-found` as the contract refuses. */
  function write(bank: string, what: AccountWrite): Promise<AccountWritten> {
    const turn = (turns.get(bank) ?? Promise.resolve()).then(() => writeNow(bank, what));
    turns.set(
      bank,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async function writeNow(bank: string, what: AccountWrite): Promise<AccountWritten> {
    const writer = writers.get(bank);
    if (writer === undefined) {
      throw new AppError("forbidden", `This service holds no accounts operator's key of ${bank}; ask at that bank.`);
    }
    try {
      const receipt = await send(writer, encode(what));
      const versions = receipt.logs
        .map((log) => contract.parseLog(log)?.args.toObject().version as bigint | undefined)
        .filter((version) => version !== undefined);
      return { version: versions[0] === undefined ? undefined : Number(versions[0]), transactionHash: receipt.hash };
    } catch (error) {
      throw writeError(error);
    }
  }

  function encode(what: AccountWrite): string {
    if ("sealedAccount" in what) {
      const args: [string, string] = [what.aliasId, hexlify(what.sealedAccount)];
      if (what.method === "register") return contract.encodeFunctionData("register", args);
      return what.method === "update"
        ? contract.encodeFunctionData("update", args)
        : contract.encodeFunctionData("openClaim", args);
    }
    if (what.method === "release") return contract.encodeFunctionData("release", [what.aliasId]);
    return what.method === "confirmClaim"
      ? contract.encodeFunctionData("confirmClaim", [what.aliasId])
      : contract.encodeFunctionData("withdrawClaim", [what.aliasId]);
  }

  async function send({ from, lane }: Writer, data: string): Promise<TransactionOutcome> {
    const call = { to: chain.deployment.contracts.phoneAccountRepo, data };
    // Here a refusal comes with its reason.
    const gas = await chain.provider.estimateGas({ ...call, from });
    const sent = await lane.broadcast({ ...call, gasLimit: (gas * GAS_MARGIN_PERCENT) / 100n });
    const timeout = new AbortController();
    // What comes too late for this caller is still seen to in the background, and is there when the number is asked for again.
    const receipt = await Promise.race([
      lane.waitForReceipt(sent),
      sleep(WRITE_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]).finally(() => timeout.abort());
    if (receipt === undefined) throw new AppError("chain-unavailable", "The write is not mined yet; try again.");
    if (receipt.status !== 1) throw new AppError("chain-reverted", `The chain refused the write in ${receipt.hash}; try again.`);
    return receipt;
  }

  function writeError(error: unknown): unknown {
    if (error instanceof AppError) return error;
    if (!isError(error, "CALL_EXCEPTION")) {
      return new AppError("chain-unavailable", `The chain gave no usable answer: ${describeRpcError(error)}`, { cause: error });
    }
    const reverted = error.data ? contract.parseError(getBytes(error.data)) : null;
    const [code, message] = REFUSALS[reverted?.name ?? ""] ?? [
      "chain-reverted",
      `The chain refused the write: ${reverted?.name ?? error.shortMessage}.`,
    ];
    return new AppError(code, message, { cause: error });
  }

  return { write };
}
