import { hexlify } from "ethers";
import type { Logger } from "pino";
import type { ErrorCode } from "../../domain/app-error.js";
import type { Chain } from "../connect-chain.js";
import { createContractWriter } from "../sending/contract-writer.js";
import type { FeePolicy } from "../sending/fees.js";
import type { TransactionSigner } from "../signing/transaction-signer.js";

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

/** Writes phone accounts and claims with the banks' accounts operators. `fees`: what is offered for gas. */
export function createAccountWriter(
  deps: { chain: Chain; logger: Logger },
  operators: ReadonlyMap<string, TransactionSigner>,
  fees: FeePolicy,
) {
  const contract = deps.chain.phoneAccounts.interface;
  const writer = createContractWriter(deps, operators, {
    address: deps.chain.deployment.contracts.phoneAccountRepo,
    contract,
    refusals: REFUSALS,
    noKey: (bank) => `This service holds no accounts operator's key of ${bank}; ask at that bank.`,
    fees,
  });

  /** @throws AppError `forbidden` without the bank's key here; `conflict` and `not-found` as the contract refuses. */
  async function write(bank: string, what: AccountWrite): Promise<AccountWritten> {
    const receipt = await writer.write(bank, encode(what));
    const versions = receipt.logs
      .map((log) => contract.parseLog(log)?.args.toObject().version as bigint | undefined)
      .filter((version) => version !== undefined);
    return { version: versions[0] === undefined ? undefined : Number(versions[0]), transactionHash: receipt.hash };
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

  return { write };
}
