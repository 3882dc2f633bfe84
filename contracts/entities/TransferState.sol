// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BankId} from "./Bank.sol";
import {OrganisationId} from "./Organisation.sol";

/// @notice The id of a transfer: keccak256(abi.encode(domain, organisation, requestHash)). It never changes.
type TransferId is bytes32;

/// @notice The state of a transfer. The numbers are part of the interface.
enum State {
    /// Not on the chain.
    NONE,
    /// On the chain, nothing has moved.
    STARTED,
    /// The payer is debited; from here the payer's bank owes the payee's bank, irrevocably.
    PENDING,
    /// Final: the payee is credited.
    COMPLETED,
    /// Final: nothing has moved.
    REJECTED,
    /// The payee's bank refused; the payer is to be refunded.
    REVERSING,
    /// Final: the payer is refunded.
    REVERSED,
    /// People must look at the transfer; its phase keeps the state that it was suspended from.
    SUSPENDED
}

/// @notice The side of a transfer whose bank reports the next outcome.
enum Leg {
    /// No bank: the transfer is final, or not on the chain.
    NONE,
    /// The payer's bank.
    PAYER,
    /// The payee's bank.
    PAYEE
}

/// @notice A transfer. Its fields fill one storage slot to the last bit.
/// @param phase The state in the low four bits; in the high four the state it was suspended from, else zero.
/// @param currency ISO 4217 numeric code.
/// @param amount In the currency's minor units, at most 10^15.
/// @param resumptions How often two arbiters have resumed it, at most 255. The legs' posting names follow this number.
/// @param deadline In seconds of block time. It moves nothing by itself.
struct TransferState {
    uint8 phase;
    BankId payerBank;
    BankId payeeBank;
    uint16 currency;
    uint56 amount;
    uint8 resumptions;
    uint40 deadline;
}

/// @notice A transfer in one word: the fields of `TransferState` in their order, from the lowest bit up.
type TransferWord is uint256;

/// @notice A transfer as it is stored. Its word is read once and written once in each step.
struct StoredTransfer {
    TransferWord word;
}

/// @title The state machine of a transfer, without storage: the transition table, and the rules of a transfer's values.
library TransferStates {
    /// @notice The largest amount, in minor units: exact as a double and as a JSON number in every language.
    uint64 internal constant MAX_AMOUNT = 1e15;
    /// @notice The largest ISO 4217 numeric code.
    uint16 internal constant MAX_CURRENCY = 999;
    /// @notice The most bytes of a transfer's details. Two sealed parts with a message of 140 characters are far shorter.
    uint256 internal constant MAX_DETAILS_BYTES = 1024;
    /// @notice How far ahead a deadline may lie. A deadline given in milliseconds by mistake lies further ahead, and is refused.
    uint256 internal constant MAX_DEADLINE_SECONDS = 30 days;

    /// @notice How often a transfer can be resumed: its word counts in eight bits. After that, the bank's people can still report the outcome.
    uint8 internal constant MAX_RESUMPTIONS = type(uint8).max;

    /// @notice A value that `banksOf` never has, because two banks take 128 bits.
    uint256 internal constant NO_BANKS = type(uint256).max;

    // The states as numbers, for the code that every transfer runs: solc checks an enum's range at each comparison.
    uint256 internal constant STARTED = uint256(State.STARTED);
    uint256 internal constant PENDING = uint256(State.PENDING);
    uint256 internal constant COMPLETED = uint256(State.COMPLETED);
    uint256 internal constant REJECTED = uint256(State.REJECTED);
    uint256 internal constant REVERSING = uint256(State.REVERSING);
    uint256 internal constant REVERSED = uint256(State.REVERSED);
    uint256 internal constant SUSPENDED = uint256(State.SUSPENDED);

    // The transition table. Each state has a row of 16 bits. A row has a cell of two bits for each state. The cell holds the leg whose
    // bank may report that transition, or zero. The start (NONE to STARTED) and resolutions are not in the table: an initiator makes
    // the one, two arbiters make the other.
    uint256 private constant PAYER = uint256(Leg.PAYER);
    uint256 private constant PAYEE = uint256(Leg.PAYEE);
    uint256 private constant CELL_SHIFT = 1;
    uint256 private constant ROW_SHIFT = 4;
    uint256 private constant CELL_MASK = 3;
    uint256 private constant FROM_STARTED = (PAYER << (PENDING << CELL_SHIFT)) | (PAYER << (REJECTED << CELL_SHIFT))
        | (PAYER << (SUSPENDED << CELL_SHIFT));
    uint256 private constant FROM_PENDING = (PAYEE << (COMPLETED << CELL_SHIFT)) | (PAYEE << (REVERSING << CELL_SHIFT))
        | (PAYEE << (SUSPENDED << CELL_SHIFT));
    uint256 private constant FROM_REVERSING = (PAYER << (REVERSED << CELL_SHIFT)) | (PAYER << (SUSPENDED << CELL_SHIFT));
    uint256 private constant MOVERS = (FROM_STARTED << (STARTED << ROW_SHIFT)) | (FROM_PENDING << (PENDING << ROW_SHIFT))
        | (FROM_REVERSING << (REVERSING << ROW_SHIFT));

    // Bit n stands for the state n.
    uint256 private constant WITH_REASON = (1 << REJECTED) | (1 << REVERSING) | (1 << SUSPENDED);

    uint256 private constant STATE_MASK = 0x0f;
    uint256 private constant ORIGIN_SHIFT = 4;

    // The lowest bit of each field in a transfer's word. Widths in bits: phase 8, each bank 64, currency 16, amount 56,
    // resumptions 8, deadline 40.
    uint256 private constant PHASE_MASK = 0xff;
    uint256 private constant WORD_BITS = 256;
    uint256 private constant BANK_BITS = 64;
    uint256 private constant PAYER_BANK_SHIFT = 8;
    uint256 private constant PAYEE_BANK_SHIFT = 72;
    uint256 private constant CURRENCY_SHIFT = 136;
    uint256 private constant AMOUNT_SHIFT = 152;
    uint256 private constant RESUMPTIONS_SHIFT = 208;
    uint256 private constant DEADLINE_SHIFT = 216;

    /// @notice The number of the leg whose bank may report the state `to` from `from`; that of `Leg.NONE` where no bank may.
    function mover(uint256 from, uint256 to) internal pure returns (uint256) {
        return (MOVERS >> ((from << ROW_SHIFT) | (to << CELL_SHIFT))) & CELL_MASK;
    }

    /// @notice The number of the leg whose bank may report the state `to` in `phase`; that of `Leg.NONE` where no bank may.
    function legOf(uint256 phase, uint256 to) internal pure returns (uint256) {
        uint256 leg = mover(stateOf(phase), to);
        if (leg != 0) return leg;
        // The bank of a suspended transfer may still report its leg's outcome. It cannot suspend the transfer again.
        return to == SUSPENDED ? 0 : mover(suspendedFrom(phase), to);
    }

    /// @notice Whether a transfer in `state` waits for the outcome of a leg.
    function isOpen(uint256 state) internal pure returns (bool) {
        return mover(state, SUSPENDED) != 0;
    }

    /// @notice The outcome that says no in `state`; `State.NONE` where there is none, as in REVERSING: a refund is owed.
    function negativeOutcome(uint256 state) internal pure returns (State) {
        if (state == STARTED) return State.REJECTED;
        return state == PENDING ? State.REVERSING : State.NONE;
    }

    /// @notice The states that can follow `phase` by a bank's report, as a set: bit n stands for the state n.
    function allowed(uint256 phase) internal pure returns (uint8 states) {
        for (uint256 to = 0; to <= SUSPENDED; ++to) {
            if (legOf(phase, to) != 0) states |= uint8(1 << to);
        }
    }

    /// @notice The number of the state that a phase shows.
    function stateOf(uint256 phase) internal pure returns (uint256) {
        return phase & STATE_MASK;
    }

    /// @notice The number of the state a suspended phase was suspended from; zero for a phase that is not suspended.
    function suspendedFrom(uint256 phase) internal pure returns (uint256) {
        return phase >> ORIGIN_SHIFT;
    }

    /// @notice The phase of a transfer suspended from the state `from`.
    function suspendedPhase(uint256 from) internal pure returns (uint256) {
        return (from << ORIGIN_SHIFT) | SUSPENDED;
    }

    /// @notice The id of an organisation's transfer. Only the organisation's initiators can start a transfer with this id.
    /// @param requestHash keccak256(abi.encode(principal, idempotencyKey)), both strings.
    function idOf(bytes32 domain, OrganisationId organisation, bytes32 requestHash) internal pure returns (TransferId) {
        return TransferId.wrap(keccak256(abi.encode(domain, organisation, requestHash)));
    }

    /// @notice A transfer just started.
    /// @param amount At most `MAX_AMOUNT`, so that it fits the 56 bits of its field.
    function started(BankId payerBank, BankId payeeBank, uint16 currency, uint64 amount, uint40 deadline)
        internal
        pure
        returns (TransferWord)
    {
        return TransferWord.wrap(
            STARTED | (uint256(uint64(BankId.unwrap(payerBank))) << PAYER_BANK_SHIFT)
                | (uint256(uint64(BankId.unwrap(payeeBank))) << PAYEE_BANK_SHIFT) | (uint256(currency) << CURRENCY_SHIFT)
                | (uint256(amount) << AMOUNT_SHIFT) | (uint256(deadline) << DEADLINE_SHIFT)
        );
    }

    /// @notice The same transfer in another phase.
    function withPhase(TransferWord word, uint256 phase) internal pure returns (TransferWord) {
        return TransferWord.wrap((TransferWord.unwrap(word) & ~PHASE_MASK) | phase);
    }

    /// @notice The same transfer, resumed in the state `to` once more. It was resumed less than `MAX_RESUMPTIONS` times.
    function resumed(TransferWord word, uint256 to) internal pure returns (TransferWord) {
        unchecked {
            // The bound keeps the count from running over into the deadline.
            return TransferWord.wrap(TransferWord.unwrap(withPhase(word, to)) + (1 << RESUMPTIONS_SHIFT));
        }
    }

    /// @notice How often the transfer was resumed.
    function resumptionsOf(TransferWord word) internal pure returns (uint8) {
        return uint8(TransferWord.unwrap(word) >> RESUMPTIONS_SHIFT);
    }

    /// @notice The phase of a transfer.
    function phaseOf(TransferWord word) internal pure returns (uint256) {
        return TransferWord.unwrap(word) & PHASE_MASK;
    }

    /// @notice The bank of a transfer's leg, by the leg's number, which is not that of `Leg.NONE`.
    function bankOf(TransferWord word, uint256 leg) internal pure returns (BankId) {
        unchecked {
            // The bank of leg n ends n banks above the phase. The shift moves it to the top of the word, and the cast keeps the top.
            return BankId.wrap(bytes8(bytes32(TransferWord.unwrap(word) << (WORD_BITS - PAYER_BANK_SHIFT - leg * BANK_BITS))));
        }
    }

    /// @notice Both banks of a transfer, as one value to compare.
    function banksOf(TransferWord word) internal pure returns (uint256) {
        return uint128(TransferWord.unwrap(word) >> PAYER_BANK_SHIFT);
    }

    /// @notice The deadline of a transfer.
    function deadlineOf(TransferWord word) internal pure returns (uint40) {
        return uint40(TransferWord.unwrap(word) >> DEADLINE_SHIFT);
    }

    /// @notice The transfer, field by field. The casts cut the fields out of the word.
    function unpack(TransferWord word) internal pure returns (TransferState memory) {
        return TransferState({
            phase: uint8(TransferWord.unwrap(word)),
            payerBank: bankOf(word, PAYER),
            payeeBank: bankOf(word, PAYEE),
            currency: uint16(TransferWord.unwrap(word) >> CURRENCY_SHIFT),
            amount: uint56(TransferWord.unwrap(word) >> AMOUNT_SHIFT),
            resumptions: resumptionsOf(word),
            deadline: deadlineOf(word)
        });
    }

    /// @notice Whether an amount is one that can be transferred, in minor units.
    function isAmount(uint64 amount) internal pure returns (bool) {
        return _isFromOneTo(amount, MAX_AMOUNT);
    }

    /// @notice Whether a currency can be an ISO 4217 numeric code.
    function isCurrency(uint16 currency) internal pure returns (bool) {
        return _isFromOneTo(currency, MAX_CURRENCY);
    }

    /// @notice Whether a deadline is later than this block, and not too far ahead.
    function isTimely(uint40 deadline) internal view returns (bool) {
        unchecked {
            // A deadline that has passed wraps round to a number far over the bound.
            return _isFromOneTo(uint256(deadline) - block.timestamp, MAX_DEADLINE_SECONDS);
        }
    }

    /// @notice Whether a report of `to` must carry a reason. A report of another state must carry none.
    function needsReason(uint256 to) internal pure returns (bool) {
        return (WITH_REASON >> to) & 1 == 1;
    }

    /// @notice Whether `reason` has the form of an ISO 20022 external status reason code: four upper-case letters or digits.
    function isReason(bytes4 reason) internal pure returns (bool) {
        for (uint256 i = 0; i < 4; ++i) {
            bytes1 c = reason[i];
            if (!(c >= "A" && c <= "Z") && !(c >= "0" && c <= "9")) return false;
        }
        return true;
    }

    /// @dev One comparison for both bounds: zero wraps round to a number far over `max`.
    function _isFromOneTo(uint256 value, uint256 max) private pure returns (bool) {
        unchecked {
            return value - 1 < max;
        }
    }
}
