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
    /// @param id The transfer.
    /// @param payerBank The payer's bank.
    /// @param payeeBank The payee's bank.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param currency ISO 4217 numeric code.
    /// @param amount In minor units.
    /// @param deadline In seconds of block time. It moves nothing by itself.
    /// @param details A part for each bank, sealed to it (RFC 9180).
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
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param evidence Hash of the debit's receipt.
    event TransferPending(TransferId indexed id, uint64 sequence, bytes32 evidence);
    /// @notice The payee's bank has credited the payee. Final.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param evidence Hash of the credit's receipt.
    event TransferCompleted(TransferId indexed id, uint64 sequence, bytes32 evidence);
    /// @notice The payer's bank has refused the debit, for ever. Final.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param reason ISO 20022 external status reason code: why the debit was refused.
    /// @param evidence Hash of the refusal's receipt.
    event TransferRejected(TransferId indexed id, uint64 sequence, bytes4 reason, bytes32 evidence);
    /// @notice The payee's bank has refused the credit, for ever.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param reason ISO 20022 external status reason code: why the credit was refused.
    /// @param evidence Hash of the refusal's receipt.
    event TransferReversing(TransferId indexed id, uint64 sequence, bytes4 reason, bytes32 evidence);
    /// @notice The payer's bank has refunded the payer. Final.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param evidence Hash of the refund's receipt.
    event TransferReversed(TransferId indexed id, uint64 sequence, bytes32 evidence);
    /// @notice People must look at the transfer. `by` is the leg's operator, or an arbiter.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param from The state that it was suspended from.
    /// @param reason ISO 20022 external status reason code: why people must look at it.
    /// @param evidence Hash of what the bank has to show; may be zero.
    /// @param by The leg's operator, or an arbiter.
    event TransferSuspended(TransferId indexed id, uint64 sequence, State from, bytes4 reason, bytes32 evidence, address by);
    /// @notice An arbiter proposes how a suspended transfer is to go on.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param to The state that the transfer is to go on in.
    /// @param reason ISO 20022 external status reason code of the negative outcome; zero when the transfer is resumed.
    /// @param by Who did it.
    event ResolutionProposed(TransferId indexed id, uint64 sequence, State to, bytes4 reason, address by);
    /// @notice A proposal was taken back.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param by Who did it.
    event ResolutionWithdrawn(TransferId indexed id, uint64 sequence, address by);
    /// @notice Two arbiters have let a suspended transfer go on, in the state `to`. `resumptions` is how often the transfer was
    /// resumed, this time included; the negative outcome is no resumption.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param to The state that the transfer goes on in.
    /// @param reason ISO 20022 external status reason code of the negative outcome; zero when the transfer is resumed.
    /// @param proposer Who proposed it.
    /// @param confirmer Who confirmed it.
    /// @param resumptions How often the transfer was resumed, this time included; the negative outcome is no resumption.
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
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param to The outcome.
    /// @param reason ISO 20022 external status reason code, for REJECTED and REVERSING; else zero.
    /// @param evidence Hash of what shows the outcome.
    /// @param by Who did it.
    event OutcomeProposed(TransferId indexed id, uint64 sequence, State to, bytes4 reason, bytes32 evidence, address by);
    /// @notice The proposal of an outcome was taken back.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param by Who did it.
    event OutcomeWithdrawn(TransferId indexed id, uint64 sequence, address by);
    /// @notice Another person of the same bank has confirmed the outcome. The event of the state `to` follows.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param to The outcome.
    /// @param proposer Who proposed it.
    /// @param confirmer Who confirmed it.
    event OutcomeConfirmed(TransferId indexed id, uint64 sequence, State to, address proposer, address confirmer);
    /// @notice An item of a batch was not applied; the others were.
    /// @param id The transfer.
    /// @param sequence The event's number, counted from 1 without a gap.
    /// @param current The state that the transfer is in.
    /// @param to The state that was asked for.
    /// @param cause Why.
    event TransitionRefused(TransferId indexed id, uint64 sequence, State current, State to, Refusal cause);

    /// @notice The start cannot be applied.
    /// @param id The id that the transfer would have.
    /// @param cause Why.
    error TransferStartRefused(TransferId id, Refusal cause);
    /// @notice The transition is not in the table. `allowed` is the set of states that are: bit n stands for the state n.
    /// @param id The transfer.
    /// @param current The state that the transfer is in.
    /// @param to The state that was asked for.
    /// @param allowed The states that can follow: bit n stands for the state n.
    error TransferUnexpectedState(TransferId id, State current, State to, uint8 allowed);
    /// @notice The caller does not operate for the bank of the open leg.
    /// @param id The transfer.
    /// @param legBank The bank of the open leg.
    /// @param callerBank The caller's bank.
    error TransferNotLegBank(TransferId id, BankId legBank, BankId callerBank);
    /// @notice The caller is not an operator, in the kind that the function asks for, of any bank.
    /// @param caller Who called.
    error TransferUnauthorizedOperator(address caller);
    /// @notice The caller is not an initiator of an active organisation.
    /// @param caller Who called.
    error TransferUnauthorizedInitiator(address caller);
    /// @notice A reason is missing or malformed.
    /// @param id The transfer.
    /// @param reason The reason that was given.
    error TransferReasonInvalid(TransferId id, bytes4 reason);
    /// @notice The evidence is missing.
    /// @param id The transfer.
    error TransferEvidenceMissing(TransferId id);
    /// @notice The batch is empty or over 400 items.
    /// @param items How many were given.
    error TransferBatchSizeInvalid(uint256 items);
    /// @notice The transfer's deadline has not passed yet, in seconds of block time.
    /// @param id The transfer.
    /// @param deadline The deadline, in seconds of block time.
    error TransferNotOverdue(TransferId id, uint40 deadline);
    /// @notice The transfer is not suspended.
    /// @param id The transfer.
    /// @param current The state that the transfer is in.
    error TransferNotSuspended(TransferId id, State current);
    /// @notice Arbiters may resume `resume`, or choose `negative` (if not NONE) once the open leg's bank is deactivated.
    /// @param id The transfer.
    /// @param to The state that was asked for.
    /// @param resume The state that it was suspended from.
    /// @param negative The outcome that says no; NONE where there is none.
    error ResolutionNotAllowed(TransferId id, State to, State resume, State negative);
    /// @notice Something is proposed already; it must be withdrawn first.
    /// @param id The transfer.
    /// @param proposer Who proposed it.
    error ResolutionExists(TransferId id, address proposer);
    /// @notice Nothing, or something else, is proposed.
    /// @param id The transfer.
    /// @param to The state that was asked for; NONE for a withdrawal.
    error ResolutionUnknown(TransferId id, State to);
    /// @notice The proposer cannot confirm.
    /// @param id The transfer.
    /// @param proposer Who proposed it.
    error ResolutionNeedsAnother(TransferId id, address proposer);
    /// @notice The transfer was resumed 255 times; its bank's people can still report the outcome.
    /// @param id The transfer.
    error TransferResumptionsExhausted(TransferId id);
    /// @notice The transfer was resumed so often; a report with a reason goes through `advanceResumed`, with that number.
    /// @param id The transfer.
    /// @param resumptions How often it was resumed.
    error TransferWasResumed(TransferId id, uint8 resumptions);
    /// @notice An outcome is proposed already; it must be withdrawn first.
    /// @param id The transfer.
    /// @param proposer Who proposed it.
    error OutcomeExists(TransferId id, address proposer);
    /// @notice Nothing, or something else, is proposed, or the proposer is no longer one of the bank's people.
    /// @param id The transfer.
    /// @param to The outcome that was asked for; NONE for a withdrawal.
    error OutcomeUnknown(TransferId id, State to);
    /// @notice The proposer cannot confirm.
    /// @param id The transfer.
    /// @param proposer Who proposed it.
    error OutcomeNeedsAnother(TransferId id, address proposer);
    /// @notice The domain is zero or not the predecessor's.
    /// @param domain The domain that was given.
    error TransferDomainInvalid(bytes32 domain);

    /// @notice Starts a transfer. For an initiator of an organisation that the payer's bank has admitted.
    /// @param item The transfer to start.
    function start(Start calldata item) external;

    /// @notice Starts many; an item that cannot be applied emits `TransitionRefused`, the rest go on. For an initiator
    /// of an active organisation. At most 400.
    /// @param items The transfers to start, 1 to 400.
    function startBatch(Start[] calldata items) external;

    /// @notice STARTED to PENDING: debited. For the payer's bank.
    /// @param id The transfer.
    /// @param evidence Hash of the debit's receipt; not zero.
    function markPending(TransferId id, bytes32 evidence) external;

    /// @notice PENDING to COMPLETED: credited. For the payee's bank.
    /// @param id The transfer.
    /// @param evidence Hash of the credit's receipt; not zero.
    function complete(TransferId id, bytes32 evidence) external;

    /// @notice STARTED to REJECTED: a definite no to the debit. For the payer's bank.
    /// @param id The transfer.
    /// @param reason ISO 20022 external status reason code: why the debit was refused.
    /// @param evidence Hash of the refusal's receipt; not zero.
    function reject(TransferId id, bytes4 reason, bytes32 evidence) external;

    /// @notice PENDING to REVERSING: a definite no to the credit. For the payee's bank.
    /// @param id The transfer.
    /// @param reason ISO 20022 external status reason code: why the credit was refused.
    /// @param evidence Hash of the refusal's receipt; not zero.
    function reverse(TransferId id, bytes4 reason, bytes32 evidence) external;

    /// @notice REVERSING to REVERSED: refunded. For the payer's bank.
    /// @param id The transfer.
    /// @param evidence Hash of the refund's receipt; not zero.
    function markReversed(TransferId id, bytes32 evidence) external;

    /// @notice An open state to SUSPENDED. For the open leg's bank, at any time.
    /// @param id The transfer.
    /// @param reason ISO 20022 external status reason code: why people must look at it.
    /// @param evidence Hash of what the bank has to show; may be zero.
    function suspend(TransferId id, bytes4 reason, bytes32 evidence) external;

    /// @notice Reports many outcomes of any kind; an item that cannot be applied emits `TransitionRefused`, the rest go on. For a
    /// legs operator. At most 400.
    /// @param items The outcomes, 1 to 400.
    function advance(Transition[] calldata items) external;

    /// @notice As `advance`, for transfers that may have been resumed. A report with a reason is of one resumption's posting, and is
    /// refused (`RESUMED`) unless that resumption is the newest: a later posting may have succeeded meanwhile. A success counts
    /// whichever resumption it is of, because no later posting is tried before every earlier one is refused for ever.
    /// @param items The outcomes, 1 to 400.
    /// @param resumptions A byte for each item: how often the transfer was resumed when its posting was tried; zero as in `advance`.
    function advanceResumed(Transition[] calldata items, bytes calldata resumptions) external;

    /// @notice An open state to SUSPENDED, after the deadline. For an arbiter.
    /// @param id The transfer.
    /// @param reason ISO 20022 external status reason code: why people must look at it.
    function suspendOverdue(TransferId id, bytes4 reason) external;

    /// @notice Proposes how a suspended transfer is to go on: the state it came from, or, if the open leg's bank is deactivated,
    /// the negative outcome. For an arbiter.
    /// @param id The transfer.
    /// @param to The state that it came from, or the negative outcome.
    /// @param reason ISO 20022 external status reason code of the negative outcome; zero to resume.
    function proposeResolution(TransferId id, State to, bytes4 reason) external;

    /// @notice Confirms what another arbiter proposed, and applies it. For an arbiter.
    /// @param id The transfer.
    /// @param to The state that was proposed.
    function confirmResolution(TransferId id, State to) external;

    /// @notice Takes a proposal back. For any arbiter.
    /// @param id The transfer.
    function withdrawResolution(TransferId id) external;

    /// @notice Proposes the outcome of a suspended transfer's open leg, as the bank would have reported it. For one of the open leg's
    /// bank's people (`Banks.OUTCOMES`).
    /// @param id The transfer.
    /// @param to The outcome: a state that the open leg's bank may report.
    /// @param reason ISO 20022 external status reason code, for REJECTED and REVERSING; else zero.
    /// @param evidence Hash of what shows the outcome, as of the bank's receipt; not zero.
    function proposeOutcome(TransferId id, State to, bytes4 reason, bytes32 evidence) external;

    /// @notice Confirms exactly what another of the bank's people proposed, and applies it. For one of the open leg's bank's people.
    /// @param id The transfer.
    /// @param to The outcome that was proposed.
    /// @param reason The reason that was proposed.
    /// @param evidence The evidence that was proposed.
    function confirmOutcome(TransferId id, State to, bytes4 reason, bytes32 evidence) external;

    /// @notice Takes the proposal of an outcome back. For any of the open leg's bank's people.
    /// @param id The transfer.
    function withdrawOutcome(TransferId id) external;

    /// @notice The transfer; all zero where it is unknown here.
    /// @param id The transfer.
    /// @return The transfer; all zero where it is unknown here.
    function get(TransferId id) external view returns (TransferState memory);

    /// @notice The transfers, in the order asked.
    /// @param ids The transfers.
    /// @return The transfers, in the order asked; all zero where one is unknown here.
    function getMany(TransferId[] calldata ids) external view returns (TransferState[] memory);

    /// @notice The transfers as they are stored, a word each, in the order asked; zero where one is unknown here. An answer of a
    /// seventh of the size of that of `getMany`.
    /// @param ids The transfers.
    /// @return A word for each, in the order asked; zero where one is unknown here.
    function wordsOf(TransferId[] calldata ids) external view returns (TransferWord[] memory);

    /// @notice Whether the id was ever started, here or in a predecessor.
    /// @param id The id.
    /// @return Whether it was.
    function isKnown(TransferId id) external view returns (bool);

    /// @notice What an arbiter has proposed for a suspended transfer.
    /// @param id The transfer.
    /// @return The proposal; proposer zero where there is none.
    function resolutionOf(TransferId id) external view returns (Resolution memory);

    /// @notice Which outcome one of the open leg's bank's people has proposed for a suspended transfer.
    /// @param id The transfer.
    /// @return The proposal; proposer zero where there is none.
    function outcomeOf(TransferId id) external view returns (OutcomeProposal memory);

    /// @notice The number of the newest event.
    /// @return The number; zero before the first event.
    function sequence() external view returns (uint64);

    /// @notice Names this network of transfers: 32 random bytes, kept by a successor.
    /// @return The domain.
    function domain() external view returns (bytes32);

    /// @notice The contract whose transfers this one continues; zero for the first.
    /// @return The predecessor.
    function predecessor() external view returns (ITransferStateRepo);

    /// @notice The banks whose word counts here.
    /// @return The address of its BankRepo.
    function bankRepo() external view returns (address);
}
