import { isAddress } from "ethers";
import type { Logger } from "pino";
import type { Chain } from "../../src/chain/connect-chain.js";
import type { FeePolicy } from "../../src/chain/sending/fees.js";
import type { TransactionSigner } from "../../src/chain/signing/transaction-signer.js";
import { AppError } from "../../src/domain/app-error.js";
import { bankIdToBytes, organisationToBytes } from "../../src/domain/ids.js";
import { generateSealingKeyPair } from "../../src/domain/sealing.js";
import { type AdminDeps, type Reverted, sendAdminCall } from "./admin-call.js";

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

/** Sends a call of a bank's admin. */
async function send(deps: Omit<AdminDeps, "fees">, fees: FeePolicy, data: string): Promise<string> {
  const explain = (reverted: Reverted | undefined) =>
    `The contract refuses (${reverted?.name ?? "it would fail"}). Is ${deps.signer.address} the bank's admin?`;
  return await sendAdminCall({ ...deps, fees }, data, { explain });
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
