// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BankId} from "./Bank.sol";

/// @notice A transfer's name for ever: keccak256(abi.encode(domain, organisation, principal, idempotencyKey)).
type TransferId is bytes32;

/// @notice Where a transfer stands. The numbers are part of the interface.
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
    /// People must look at it; it remembers the state it was suspended from.
    SUSPENDED
}

/// @notice Which of a transfer's banks has the next word.
enum Leg {
    /// No bank: the transfer is final, or not on the chain.
    NONE,
    /// The payer's bank.
    PAYER,
    /// The payee's bank.
    PAYEE
}

/// @notice A transfer. Fills one storage slot to the last bit.
/// @param phase The state in the low four bits; in the high four the state it was suspended from, else zero.
/// @param currency ISO 4217 numeric code.
/// @param amount In the currency's minor units.
/// @param deadline In seconds of block time. It moves nothing by itself.
struct TransferState {
    uint8 phase;
    BankId payerBank;
    BankId payeeBank;
    uint16 currency;
    uint64 amount;
    uint40 deadline;
}

/// @title The state machine of a transfer, without storage: one table, and the rules of a transfer's values.
library TransferStates {
    /// @notice The largest amount, in minor units: exact as a double and as a JSON number in every language.
    uint64 internal constant MAX_AMOUNT = 1e15;
    /// @notice The largest ISO 4217 numeric code.
    uint16 internal constant MAX_CURRENCY = 999;
    /// @notice Two sealed parts with a message of 140 characters each way fit well; it bounds what readers must parse.
    uint256 internal constant MAX_DETAILS_BYTES = 1024;
    /// @notice How far ahead a deadline may lie, so that none is for ever open by a mistake of units.
    uint256 internal constant MAX_DEADLINE_SECONDS = 30 days;

    uint8 private constant STATE_MASK = 0x0f;
    uint8 private constant ORIGIN_SHIFT = 4;

    /// @notice The transition table: which leg's bank may report `to` from `from`; `Leg.NONE` where no bank may.
    /// @dev The whole of it, but for the start (an initiator's, NONE to STARTED) and resolutions (two arbiters'). For a
    /// suspended transfer, `from` is the state it was suspended from: the bank may still report its outcome.
    function mover(State from, State to) internal pure returns (Leg) {
        if (from == State.STARTED) {
            if (to == State.PENDING || to == State.REJECTED) return Leg.PAYER;
        } else if (from == State.PENDING) {
            if (to == State.COMPLETED || to == State.REVERSING) return Leg.PAYEE;
        } else if (from == State.REVERSING) {
            if (to == State.REVERSED) return Leg.PAYER;
        }
        return to == State.SUSPENDED ? openLeg(from) : Leg.NONE;
    }

    /// @notice Whose outcome a transfer in `state` waits for; `Leg.NONE` where for none.
    function openLeg(State state) internal pure returns (Leg) {
        if (state == State.STARTED || state == State.REVERSING) return Leg.PAYER;
        return state == State.PENDING ? Leg.PAYEE : Leg.NONE;
    }

    /// @notice The outcome that says no in `state`; `State.NONE` where there is none (a refund is owed whatever happens).
    function negativeOutcome(State state) internal pure returns (State) {
        if (state == State.STARTED) return State.REJECTED;
        return state == State.PENDING ? State.REVERSING : State.NONE;
    }

    /// @notice The states that can follow `phase` by a bank's report, as a set: bit n stands for the state n.
    function allowed(uint8 phase) internal pure returns (uint8 states) {
        State from = activeState(phase);
        bool suspended = stateOf(phase) == State.SUSPENDED;
        for (uint8 to = 0; to <= uint8(State.SUSPENDED); ++to) {
            if (suspended && to == uint8(State.SUSPENDED)) continue;
            if (mover(from, State(to)) != Leg.NONE) states |= uint8(1 << to);
        }
    }

    /// @notice The state that a phase shows.
    function stateOf(uint8 phase) internal pure returns (State) {
        return State(phase & STATE_MASK);
    }

    /// @notice The state a suspended phase was suspended from; `State.NONE` for a phase that is not suspended.
    function suspendedFrom(uint8 phase) internal pure returns (State) {
        return State(phase >> ORIGIN_SHIFT);
    }

    /// @notice The state whose leg is open: the state itself, or, while suspended, the one it was suspended from.
    function activeState(uint8 phase) internal pure returns (State) {
        State state = stateOf(phase);
        return state == State.SUSPENDED ? suspendedFrom(phase) : state;
    }

    /// @notice The phase of a transfer suspended from `from`.
    function suspendedPhase(State from) internal pure returns (uint8) {
        return (uint8(from) << ORIGIN_SHIFT) | uint8(State.SUSPENDED);
    }

    /// @notice Whether a report of `to` must carry a reason; one that need not must not.
    function needsReason(State to) internal pure returns (bool) {
        return to == State.REJECTED || to == State.REVERSING || to == State.SUSPENDED;
    }

    /// @notice Whether `reason` has the form of an ISO 20022 external status reason code: four upper-case letters or digits.
    function isReason(bytes4 reason) internal pure returns (bool) {
        for (uint256 i = 0; i < 4; ++i) {
            bytes1 c = reason[i];
            if (!(c >= "A" && c <= "Z") && !(c >= "0" && c <= "9")) return false;
        }
        return true;
    }
}
