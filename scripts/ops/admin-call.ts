import { isError } from "ethers";
import type { Logger } from "pino";
import type { Chain } from "../../src/chain/connect-chain.js";
import { describeRpcError, isRevert } from "../../src/chain/rpc/error.js";
import { DEFAULT_SENDER_OPTIONS } from "../../src/chain/sending/batch-sender.js";
import type { FeePolicy } from "../../src/chain/sending/fees.js";
import { createTransactionLane } from "../../src/chain/sending/nonce-lane.js";
import type { TransactionSigner } from "../../src/chain/signing/transaction-signer.js";
import { AppError } from "../../src/domain/app-error.js";

const GAS_MARGIN_PERCENT = 120n;

/** What an admin's command needs. `fees`: what is offered for gas. */
export interface AdminDeps {
  chain: Chain;
  signer: TransactionSigner;
  logger: Logger;
  fees: FeePolicy;
}

/** The contract's refusal: its error's name, and the error's arguments. */
export interface Reverted {
  name: string;
  args: readonly unknown[];
}

/**
 * Sends a call to `BankRepo`, and says where it was carried out. A dry run asks the node whether the contract would take it, and sends
 * nothing.
 *
 * @param explain Says what a refusal of the contract means and what to do next.
 * @throws AppError `chain-reverted` where the contract refuses, `chain-unavailable` where the node gives no answer
 */
export async function sendAdminCall(
  { chain, signer, logger, fees }: AdminDeps,
  data: string,
  { explain, isDryRun = false }: { explain: (reverted: Reverted | undefined) => string; isDryRun?: boolean },
): Promise<string> {
  const { provider, deployment } = chain;
  const call = { to: deployment.contracts.bankRepo, data };
  const gas = await provider.estimateGas({ ...call, from: signer.address }).catch((error: unknown) => {
    if (!isRevert(error)) throw new AppError("chain-unavailable", `The node gave no usable answer: ${describeRpcError(error)}`);
    const reverted = isError(error, "CALL_EXCEPTION") && error.data ? chain.banks.interface.parseError(error.data) : null;
    throw new AppError("chain-reverted", explain(reverted ?? undefined), { cause: error });
  });
  if (isDryRun) return `dry run: the contract takes it from ${signer.address}, for about ${gas} gas; nothing was sent`;
  const lane = createTransactionLane(
    { signer, provider, chainId: BigInt(deployment.chainId), logger },
    { ...DEFAULT_SENDER_OPTIONS, fees },
  );
  const receipt = await lane.waitForReceipt(await lane.broadcast({ ...call, gasLimit: (gas * GAS_MARGIN_PERCENT) / 100n }));
  if (receipt?.status !== 1) throw new AppError("chain-reverted", "The transaction was not carried out; try again.");
  return `done in block ${receipt.blockNumber}, transaction ${receipt.hash}`;
}
