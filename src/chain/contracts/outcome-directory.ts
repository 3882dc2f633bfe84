import { ZeroAddress } from "ethers";
import type { Logger } from "pino";
import type { ErrorCode } from "../../domain/app-error.js";
import { bankIdFromBytes } from "../../domain/ids.js";
import { reasonFromBytes4, reasonToBytes4 } from "../../domain/reason.js";
import { type State, stateFromNumber, stateNumber } from "../../domain/transfer-state.js";
import { type Chain, onChain } from "../connect-chain.js";
import { createContractWriter } from "../sending/contract-writer.js";
import type { FeePolicy } from "../sending/fees.js";
import type { TransactionSigner } from "../signing/transaction-signer.js";

/** `Banks.OUTCOMES`: the kind of operators who report outcomes of suspended transfers. */
const OUTCOMES_KIND = 4n;

const REFUSALS: Record<string, [ErrorCode, string]> = {
  TransferNotSuspended: ["conflict", "The transfer is not suspended any more; read it."],
  TransferUnexpectedState: [
    "conflict",
    "The bank cannot report this outcome of the suspended leg; read the transfer for those it can.",
  ],
  TransferNotLegBank: ["forbidden", "The key of this person belongs to another bank than the one of the open leg."],
  TransferUnauthorizedOperator: ["forbidden", "The key of this person reports outcomes for no bank on the chain."],
  TransferReasonInvalid: ["invalid-request", "REJECTED and REVERSING need a reason; the other outcomes take none."],
  OutcomeExists: ["conflict", "An outcome is proposed already; confirm it, or withdraw it first."],
  OutcomeUnknown: [
    "conflict",
    "No such outcome is proposed, or its proposer no longer reports outcomes for the bank; read the transfer.",
  ],
  OutcomeNeedsAnother: ["forbidden", "Another person of the bank confirms than the one who proposed."],
};

/** The outcome that one person of the open leg's bank has proposed. `evidence`: the statement's hash. `by`: the person's address. */
export interface OutcomeProposal {
  to: State;
  reason: string | undefined;
  evidence: string;
  by: string;
}

/** The act of a bank's person on a suspended transfer. A confirmation repeats the proposal exactly. */
export type OutcomeWrite =
  | { method: "propose" | "confirm"; transferId: string; to: State; reason: string | undefined; evidence: string }
  | { method: "withdraw"; transferId: string };

/** Reads and writes outcomes that people of banks report. `people`: by the principal that each acts for. */
export function createOutcomeDirectory(
  deps: { chain: Chain; logger: Logger },
  people: ReadonlyMap<string, TransactionSigner>,
  fees: FeePolicy,
) {
  const { transfers, banks, deployment } = deps.chain;
  const contract = transfers.interface;
  const writer = createContractWriter(deps, people, {
    address: deployment.contracts.transferStateRepo,
    contract,
    refusals: REFUSALS,
    noKey: () => "This service holds no key of this principal for reporting outcomes.",
    fees,
  });

  /** In the order asked; `undefined` where nothing is proposed. */
  async function read(transferIds: readonly string[]): Promise<(OutcomeProposal | undefined)[]> {
    return await onChain(() =>
      Promise.all(
        transferIds.map(async (id) => {
          const { proposer, to, reason, evidence } = await transfers.outcomeOf(id);
          if (proposer === ZeroAddress) return undefined;
          return { to: stateFromNumber(to), reason: reasonFromBytes4(reason), evidence, by: proposer };
        }),
      ),
    );
  }

  /** The bank that the principal's key reports outcomes for; `undefined` where this service holds no key, or the chain knows none. */
  async function bankOf(principal: string): Promise<string | undefined> {
    const signer = people.get(principal);
    if (signer === undefined) return undefined;
    const { bank, kinds } = await onChain(() => banks.operatorOf(signer.address));
    return (kinds & OUTCOMES_KIND) === 0n ? undefined : bankIdFromBytes(bank);
  }

  async function write(principal: string, what: OutcomeWrite): Promise<{ transactionHash: string }> {
    const { hash } = await writer.write(principal, encode(what));
    return { transactionHash: hash };
  }

  function encode(what: OutcomeWrite): string {
    if (what.method === "withdraw") return contract.encodeFunctionData("withdrawOutcome", [what.transferId]);
    const outcome: [string, number, string, string] = [
      what.transferId,
      stateNumber(what.to),
      reasonToBytes4(what.reason),
      what.evidence,
    ];
    return what.method === "confirm"
      ? contract.encodeFunctionData("confirmOutcome", outcome)
      : contract.encodeFunctionData("proposeOutcome", outcome);
  }

  return { read, bankOf, write };
}
