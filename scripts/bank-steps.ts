import { isAddress, isError } from "ethers";
import type { Logger } from "pino";
import { DEFAULT_SENDER_OPTIONS } from "../src/chain/batch-sender.js";
import type { Chain } from "../src/chain/connect-chain.js";
import type { FeePolicy } from "../src/chain/fees.js";
import { describeRpcError, isRevert } from "../src/chain/rpc-error.js";
import { createTransactionLane } from "../src/chain/transaction-lane.js";
import type { TransactionSigner } from "../src/chain/transaction-signer.js";
import { AppError } from "../src/domain/app-error.js";
import { bankIdToBytes, organisationToBytes } from "../src/domain/ids.js";
import { generateSealingKeyPair } from "../src/domain/sealing.js";

export const USAGE = `usage: npm run bank -- <command>
  show                                      the bank's admin, whether it takes part, and its sealing key's version
  add-operator <address> <kinds>            lets a key act for the bank; kinds, with commas between: accounts (registers numbers),
                                            legs (a function's), outcomes (a person who reports a suspended transfer's outcome)
  remove-operator <address>                 takes that right away
  rotate-sealing-key <public key>           has what is sealed from now on be sealed to a new key
  make-sealing-key                          makes a key pair, for rotate-sealing-key; sends nothing
  admit-organisation <name>                 lets an organisation start transfers out of the bank's accounts
  dismiss-organisation <name>               takes that right away
`;

const KINDS: Readonly<Record<string, number>> = { accounts: 1, legs: 2, outcomes: 4 };
const GAS_MARGIN_PERCENT = 120n;

/**
 * Carries out one command of {@link USAGE}; what is to be said of it.
 * @throws AppError `invalid-request` for a command that is none, `chain-reverted` where the contract refuses.
 */
export async function administerBank(
  deps: { chain: Chain; signer: TransactionSigner; logger: Logger },
  bankId: string,
  fees: FeePolicy,
  [command, ...args]: readonly string[],
): Promise<string> {
  const bank = bankIdToBytes(bankId);
  const { banks } = deps.chain;
  const encoder = banks.interface;
  switch (command) {
    case "show": {
      const { admin, active, sealingKeyVersion } = await banks.get(bank);
      return `${bankId}: admin ${admin}, ${active ? "active" : "deactivated"}, sealing key version ${sealingKeyVersion}`;
    }
    case "add-operator":
      return await send(deps, fees, encoder.encodeFunctionData("addOperator", [bank, address(args[0]), kinds(args[1])]));
    case "remove-operator":
      return await send(deps, fees, encoder.encodeFunctionData("removeOperator", [bank, address(args[0])]));
    case "rotate-sealing-key": {
      const said = await send(deps, fees, encoder.encodeFunctionData("rotateSealingKey", [bank, publicKey(args[0])]));
      return `${said}; the sealing key's version is ${(await banks.get(bank)).sealingKeyVersion} now`;
    }
    case "make-sealing-key": {
      const pair = await generateSealingKeyPair();
      return `public  ${pair.publicKey}\nprivate ${pair.privateKey}`;
    }
    case "admit-organisation":
      return await send(deps, fees, encoder.encodeFunctionData("admitOrganisation", [bank, organisation(args[0])]));
    case "dismiss-organisation":
      return await send(deps, fees, encoder.encodeFunctionData("dismissOrganisation", [bank, organisation(args[0])]));
    default:
      throw new AppError("invalid-request", "There is no such command.");
  }
}

async function send(
  { chain, signer, logger }: { chain: Chain; signer: TransactionSigner; logger: Logger },
  fees: FeePolicy,
  data: string,
): Promise<string> {
  const { provider, deployment } = chain;
  const call = { to: deployment.contracts.bankRepo, data };
  const gas = await provider.estimateGas({ ...call, from: signer.address }).catch((error: unknown) => {
    if (!isRevert(error)) throw new AppError("chain-unavailable", `The node gave no usable answer: ${describeRpcError(error)}`);
    const reverted =
      isError(error, "CALL_EXCEPTION") && error.data ? chain.banks.interface.parseError(error.data)?.name : undefined;
    const why = reverted === undefined ? "it would fail" : `${reverted}`;
    throw new AppError("chain-reverted", `The contract refuses (${why}). Is ${signer.address} the bank's admin?`, {
      cause: error,
    });
  });
  const lane = createTransactionLane(
    { signer, provider, chainId: BigInt(deployment.chainId), logger },
    { ...DEFAULT_SENDER_OPTIONS, fees },
  );
  const receipt = await lane.waitForReceipt(await lane.broadcast({ ...call, gasLimit: (gas * GAS_MARGIN_PERCENT) / 100n }));
  if (receipt?.status !== 1) throw new AppError("chain-reverted", "The transaction was not carried out; try again.");
  return `done in block ${receipt.blockNumber}, transaction ${receipt.hash}`;
}

function address(text: string | undefined): string {
  if (text === undefined || !isAddress(text)) throw new AppError("invalid-request", "An address is missing or wrong.");
  return text;
}

/** A set of kinds as the contract holds it: a bit each. */
function kinds(text: string | undefined): number {
  return (text ?? "").split(",").reduce((set, name) => {
    const kind = KINDS[name];
    if (kind === undefined)
      throw new AppError("invalid-request", "The kinds are accounts, legs and outcomes, with commas between.");
    return set | kind;
  }, 0);
}

function organisation(text: string | undefined): string {
  if (text === undefined) throw new AppError("invalid-request", "The organisation's name is missing.");
  return organisationToBytes(text);
}

function publicKey(text: string | undefined): string {
  if (text === undefined || !/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new AppError("invalid-request", "A public key is missing or wrong.");
  return text;
}
