import { ZeroAddress } from "ethers";
import type { Logger } from "pino";
import type { ErrorCode } from "../../domain/app-error.js";
import { reasonFromBytes4, reasonToBytes4 } from "../../domain/reason.js";
import { type State, stateFromNumber, stateNumber } from "../../domain/transfer-state.js";
import { type Chain, onChain } from "../connect-chain.js";
import { createContractWriter } from "../sending/contract-writer.js";
import type { FeePolicy } from "../sending/fees.js";
import type { TransactionSigner } from "../signing/transaction-signer.js";

const REFUSALS: Record<string, [ErrorCode, string]> = {
  TransferNotSuspended: ["conflict", "The transfer is not suspended any more; read it."],
  ResolutionExists: ["conflict", "A resolution is proposed already; confirm it, or withdraw it first."],
  ResolutionUnknown: ["conflict", "No such resolution is proposed; read the transfer."],
  ResolutionNeedsAnother: ["forbidden", "Another arbiter confirms than the one that has proposed."],
  ResolutionNotAllowed: [
    "conflict",
    "Arbiters resume the state that it was suspended from; the negative outcome only once the open leg's bank is deactivated.",
  ],
  TransferReasonInvalid: ["invalid-request", "The negative outcome needs a reason; to resume takes none."],
  AccessManagedUnauthorized: ["forbidden", "The key of this arbiter has not the role ARBITER on the chain."],
};

/** What an arbiter has proposed for a suspended transfer. `by`: its address. */
export interface Proposal {
  to: State;
  reason: string | undefined;
  by: string;
}

/** What an arbiter does about a suspended transfer. */
export type ResolutionWrite =
  | { method: "propose"; transferId: string; to: State; reason: string | undefined }
  | { method: "confirm"; transferId: string; to: State }
  | { method: "withdraw"; transferId: string };

/** Reads and writes what is proposed for suspended transfers. `arbiters`: by the principal that each acts for. */
export function createResolutionDirectory(
  deps: { chain: Chain; logger: Logger },
  arbiters: ReadonlyMap<string, TransactionSigner>,
  fees: FeePolicy,
) {
  const { transfers, deployment } = deps.chain;
  const contract = transfers.interface;
  const writer = createContractWriter(deps, arbiters, {
    address: deployment.contracts.transferStateRepo,
    contract,
    refusals: REFUSALS,
    noKey: () => "This service holds no arbiter's key of this principal.",
    fees,
  });

  /** In the order asked; `undefined` where nothing is proposed. */
  async function read(transferIds: readonly string[]): Promise<(Proposal | undefined)[]> {
    return await onChain(() =>
      Promise.all(
        transferIds.map(async (id) => {
          const { proposer, to, reason } = await transfers.resolutionOf(id);
          if (proposer === ZeroAddress) return undefined;
          return { to: stateFromNumber(to), reason: reasonFromBytes4(reason), by: proposer };
        }),
      ),
    );
  }

  async function write(principal: string, what: ResolutionWrite): Promise<{ transactionHash: string }> {
    const { hash } = await writer.write(principal, encode(what));
    return { transactionHash: hash };
  }

  function encode(what: ResolutionWrite): string {
    if (what.method === "withdraw") return contract.encodeFunctionData("withdrawResolution", [what.transferId]);
    const to = stateNumber(what.to);
    return what.method === "confirm"
      ? contract.encodeFunctionData("confirmResolution", [what.transferId, to])
      : contract.encodeFunctionData("proposeResolution", [what.transferId, to, reasonToBytes4(what.reason)]);
  }

  return { read, write, arbitrates: (principal: string) => arbiters.has(principal) };
}
