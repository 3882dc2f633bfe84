// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BankId} from "../entities/Bank.sol";
import {State, TransferId, TransferState, TransferWord} from "../entities/TransferState.sol";

/// @title The transfers, and who may move them.
/// @notice An organisation's initiator starts a transfer, if the payer's bank has admitted the organisation. From there each leg's
/// bank, and nobody else, says what has happened. A transfer that needs people is suspended: two arbiters can let it go on, and two
/// people of the open leg's bank can report the outcome.
/// @dev Every event carries `sequence`, counted from 1 without a gap: a reader can prove that it has missed none. Every write
/// comes strict and single (custom errors) and tolerant and batched (`TransitionRefused` for an item that cannot be applied).
interface ITransferStateRepo {
    /// @notice A transfer to start.
    /// @param requestHash keccak256(abi.encode(principal, idempotencyKey)); not zero. The contract makes the transfer's id of it and
    /// of the caller's organisation: keccak256(abi.encode(domain, organisation, requestHash)).
    /// @param currency ISO 4217 numeric code, 1 to 999.
    /// @param amount In minor units, 1 to 10^15.
    /// @param deadline Seconds of block time; later than now, at most 30 days ahead.
    /// @param details A part for each bank, sealed to it (RFC 9180); at most 1 024 bytes.
    struct Start {
        bytes32 requestHash;
        BankId payerBank;
        BankId payeeBank;
        uint16 currency;
        uint64 amount;
        uint40 deadline;
        bytes details;
    }

    /// @notice An outcome that a leg's bank reports.
    /// @param reason ISO 20022 external status reason code, for REJECTED, REVERSING and SUSPENDED; else zero.
    /// @param evidence Hash of the bank's receipt; may be zero for SUSPENDED only.
    struct Transition {
        TransferId id;
        State to;
        bytes4 reason;
        bytes32 evidence;
    }

    /// @notice What two arbiters may do with a suspended transfer.
    /// @param proposer Who proposed it; zero while nothing is proposed.
    /// @param to The state to go on in.
    /// @param reason As in `Transition`; zero when the transfer is resumed.
    struct Resolution {
        address proposer;
        State to;
        bytes4 reason;
    }

    /// @notice The outcome that one person of the open leg's bank has proposed for a suspended transfer, and another may confirm.
    /// @param proposer Who proposed it; zero while nothing is proposed.
    /// @param to The outcome: a state that the bank may report.
    /// @param reason As in `Transition`.
    /// @param evidence As in `Transition`; never zero.
    struct OutcomeProposal {
        address proposer;
        State to;
        bytes4 reason;
        bytes32 evidence;
    }

    /// @notice Why a write was refused. The numbers are part of the interface.
    enum Refusal {
        /// Not used.
        NONE,
        /// The id is known here or to the predecessor.
        EXISTS,
        /// The request's hash is zero.
        REQUEST_HASH_ZERO,
        /// The amount is zero or over 10^15.
        AMOUNT_INVALID,
        /// The currency is zero or over 999.
        CURRENCY_INVALID,
        /// The deadline has passed, or lies more than 30 days ahead.
        DEADLINE_INVALID,
        /// The details are over 1 024 bytes.
        DETAILS_TOO_LONG,
        /// The payer's bank is unknown or deactivated.
        PAYER_BANK_INACTIVE,
        /// The payee's bank is unknown or deactivated.
        PAYEE_BANK_INACTIVE,
        /// The payer's bank has not admitted the initiator's organisation.
        ORGANISATION_NOT_ADMITTED,
        /// The transition is not in the table from the state the transfer is in.
        UNEXPECTED_STATE,
        /// The caller does not operate for the bank of the open leg.
        NOT_LEG_BANK,
        /// A reason is missing, malformed, or given where none belongs.
        REASON_INVALID,
        /// The evidence is missing.
        EVIDENCE_MISSING,
        /// The transfer was resumed since the refused posting's resumption, or the report does not say which resumption it is of.
        RESUMED
    }

    /// @notice A transfer is on the chain; nothing has moved.
    event TransferStarted(
        TransferId indexed id,
        BankId indexed payerBank,
        BankId indexed payeeBank,
        uint64 sequence,
        uint16 currency,
        uint64 amount,
        uint40 deadline,
        bytes details
    );
    /// @notice The payer's bank has debited the payer.
    event TransferPending(TransferId indexed id, uint64 sequence, bytes32 evidence);
    /// @notice The payee's bank has credited the payee. Final.
    event TransferCompleted(TransferId indexed id, uint64 sequence, bytes32 evidence);
    /// @notice The payer's bank has refused the debit, for ever. Final.
    event TransferRejected(TransferId indexed id, uint64 sequence, bytes4 reason, bytes32 evidence);
    /// @notice The payee's bank has refused the credit, for ever.
    event TransferReversing(TransferId indexed id, uint64 sequence, bytes4 reason, bytes32 evidence);
    /// @notice The payer's bank has refunded the payer. Final.
    event TransferReversed(TransferId indexed id, uint64 sequence, bytes32 evidence);
    /// @notice People must look at the transfer. `by` is the leg's operator, or an arbiter.
    event TransferSuspended(TransferId indexed id, uint64 sequence, State from, bytes4 reason, bytes32 evidence, address by);
    /// @notice An arbiter proposes how a suspended transfer is to go on.
    event ResolutionProposed(TransferId indexed id, uint64 sequence, State to, bytes4 reason, address by);
    /// @notice A proposal was taken back.
    event ResolutionWithdrawn(TransferId indexed id, uint64 sequence, address by);
    /// @notice Two arbiters have let a suspended transfer go on, in the state `to`. `resumptions` is how often the transfer was
    /// resumed, this time included; the negative outcome is no resumption.
    event TransferResolved(
        TransferId indexed id,
        uint64 sequence,
        State to,
        bytes4 reason,
        address proposer,
        address confirmer,
        uint8 resumptions
    );
    /// @notice A person of the open leg's bank proposes the outcome of a suspended transfer.
    event OutcomeProposed(TransferId indexed id, uint64 sequence, State to, bytes4 reason, bytes32 evidence, address by);
    /// @notice The proposal of an outcome was taken back.
    event OutcomeWithdrawn(TransferId indexed id, uint64 sequence, address by);
    /// @notice Another person of the same bank has confirmed the outcome. The event of the state `to` follows.
    event OutcomeConfirmed(TransferId indexed id, uint64 sequence, State to, address proposer, address confirmer);
    /// @notice An item of a batch was not applied; the others were.
    event TransitionRefused(TransferId indexed id, uint64 sequence, State current, State to, Refusal cause);

    /// @notice The start cannot be applied.
    error TransferStartRefused(TransferId id, Refusal cause);
    /// @notice The transition is not in the table. `allowed` is the set of states that are: bit n stands for the state n.
    error TransferUnexpectedState(TransferId id, State current, State to, uint8 allowed);
    /// @notice The caller does not operate for the bank of the open leg.
    error TransferNotLegBank(TransferId id, BankId legBank, BankId callerBank);
    /// @notice The caller is not an operator, in the kind that the function asks for, of any bank.
    error TransferUnauthorizedOperator(address caller);
    /// @notice The caller is not an initiator of an active organisation.
    error TransferUnauthorizedInitiator(address caller);
    /// @notice A reason is missing or malformed.
    error TransferReasonInvalid(TransferId id, bytes4 reason);
    /// @notice The evidence is missing.
    error TransferEvidenceMissing(TransferId id);
    /// @notice The batch is empty or over 400 items.
    error TransferBatchSizeInvalid(uint256 items);
    /// @notice The transfer's deadline has not passed yet, in seconds of block time.
    error TransferNotOverdue(TransferId id, uint40 deadline);
    /// @notice The transfer is not suspended.
    error TransferNotSuspended(TransferId id, State current);
    /// @notice Arbiters may resume `resume`, or choose `negative` (if not NONE) once the open leg's bank is deactivated.
    error ResolutionNotAllowed(TransferId id, State to, State resume, State negative);
    /// @notice Something is proposed already; it must be withdrawn first.
    error ResolutionExists(TransferId id, address proposer);
    /// @notice Nothing, or something else, is proposed.
    error ResolutionUnknown(TransferId id, State to);
    /// @notice The proposer cannot confirm.
    error ResolutionNeedsAnother(TransferId id, address proposer);
    /// @notice The transfer was resumed 255 times; its bank's people can still report the outcome.
    error TransferResumptionsExhausted(TransferId id);
    /// @notice The transfer was resumed so often; a report with a reason goes through `advanceResumed`, with that number.
    error TransferWasResumed(TransferId id, uint8 resumptions);
    /// @notice An outcome is proposed already; it must be withdrawn first.
    error OutcomeExists(TransferId id, address proposer);
    /// @notice Nothing, or something else, is proposed, or the proposer is no longer one of the bank's people.
    error OutcomeUnknown(TransferId id, State to);
    /// @notice The proposer cannot confirm.
    error OutcomeNeedsAnother(TransferId id, address proposer);
    /// @notice The domain is zero or not the predecessor's.
    error TransferDomainInvalid(bytes32 domain);

    /// @notice Starts a transfer. For an initiator of an organisation that the payer's bank has admitted.
    function start(Start calldata item) external;

    /// @notice Starts many; an item that cannot be applied emits `TransitionRefused`, the rest go on. For an initiator
    /// of an active organisation. At most 400.
    function startBatch(Start[] calldata items) external;

    /// @notice STARTED to PENDING: debited. For the payer's bank.
    function markPending(TransferId id, bytes32 evidence) external;

    /// @notice PENDING to COMPLETED: credited. For the payee's bank.
    function complete(TransferId id, bytes32 evidence) external;

    /// @notice STARTED to REJECTED: a definite no to the debit. For the payer's bank.
    function reject(TransferId id, bytes4 reason, bytes32 evidence) external;

    /// @notice PENDING to REVERSING: a definite no to the credit. For the payee's bank.
    function reverse(TransferId id, bytes4 reason, bytes32 evidence) external;

    /// @notice REVERSING to REVERSED: refunded. For the payer's bank.
    function markReversed(TransferId id, bytes32 evidence) external;

    /// @notice An open state to SUSPENDED. For the open leg's bank, at any time.
    /// @param evidence Hash of what the bank has to show; may be zero.
    function suspend(TransferId id, bytes4 reason, bytes32 evidence) external;

    /// @notice Reports many outcomes of any kind; an item that cannot be applied emits `TransitionRefused`, the rest go on. For a
    /// legs operator. At most 400.
    function advance(Transition[] calldata items) external;

    /// @notice As `advance`, for transfers that may have been resumed. A report with a reason is of one resumption's posting, and is
    /// refused (`RESUMED`) unless that resumption is the newest: a later posting may have succeeded meanwhile. A success counts
    /// whichever resumption it is of, because no later posting is tried before every earlier one is refused for ever.
    /// @param resumptions A byte for each item: how often the transfer was resumed when its posting was tried; zero as in `advance`.
    function advanceResumed(Transition[] calldata items, bytes calldata resumptions) external;

    /// @notice An open state to SUSPENDED, after the deadline. For an arbiter.
    function suspendOverdue(TransferId id, bytes4 reason) external;

    /// @notice Proposes how a suspended transfer is to go on: the state it came from, or, if the open leg's bank is deactivated,
    /// the negative outcome. For an arbiter.
    function proposeResolution(TransferId id, State to, bytes4 reason) external;

    /// @notice Confirms what another arbiter proposed, and applies it. For an arbiter.
    function confirmResolution(TransferId id, State to) external;

    /// @notice Takes a proposal back. For any arbiter.
    function withdrawResolution(TransferId id) external;

    /// @notice Proposes the outcome of a suspended transfer's open leg, as the bank would have reported it. For one of the open leg's
    /// bank's people (`Banks.OUTCOMES`).
    /// @param evidence Hash of what shows the outcome, as of the bank's receipt; not zero.
    function proposeOutcome(TransferId id, State to, bytes4 reason, bytes32 evidence) external;

    /// @notice Confirms exactly what another of the bank's people proposed, and applies it. For one of the open leg's bank's people.
    function confirmOutcome(TransferId id, State to, bytes4 reason, bytes32 evidence) external;

    /// @notice Takes the proposal of an outcome back. For any of the open leg's bank's people.
    function withdrawOutcome(TransferId id) external;

    /// @notice The transfer; all zero where it is unknown here.
    function get(TransferId id) external view returns (TransferState memory);

    /// @notice The transfers, in the order asked.
    function getMany(TransferId[] calldata ids) external view returns (TransferState[] memory);

    /// @notice The transfers as they are stored, a word each, in the order asked; zero where one is unknown here. An answer of a
    /// seventh of the size of that of `getMany`.
    function wordsOf(TransferId[] calldata ids) external view returns (TransferWord[] memory);

    /// @notice Whether the id was ever started, here or in a predecessor.
    function isKnown(TransferId id) external view returns (bool);

    /// @notice What an arbiter has proposed for a suspended transfer.
    function resolutionOf(TransferId id) external view returns (Resolution memory);

    /// @notice Which outcome one of the open leg's bank's people has proposed for a suspended transfer.
    function outcomeOf(TransferId id) external view returns (OutcomeProposal memory);

    /// @notice The number of the newest event.
    function sequence() external view returns (uint64);

    /// @notice Names this network of transfers: 32 random bytes, kept by a successor.
    function domain() external view returns (bytes32);

    /// @notice The contract whose transfers this one continues; zero for the first.
    function predecessor() external view returns (ITransferStateRepo);

    /// @notice The banks whose word counts here.
    function bankRepo() external view returns (address);
}
