// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BankId, Operator} from "../../../contracts/entities/Bank.sol";
import {State, TransferId, TransferState} from "../../../contracts/entities/TransferState.sol";
import {ITransferStateRepo} from "../../../contracts/interfaces/ITransferStateRepo.sol";
import {VM, Vm} from "./Vm.sol";
import {World} from "./World.sol";

/// @title The transfers as a reader of the logs knows them, and what a log showed that must not be.
abstract contract TransferLedger is World {
    mapping(TransferId => TransferState) private _rebuilt;
    mapping(TransferId => uint8) private _finalPhase;
    mapping(TransferId => address) private _proposer;
    uint64 public lastSequence;
    /// @notice The first thing seen that must not be; empty while there is none.
    string public violation;
    address private _caller;

    function rebuilt(TransferId id) external view returns (TransferState memory) {
        return _rebuilt[id];
    }

    function finalPhase(TransferId id) external view returns (uint8) {
        return _finalPhase[id];
    }

    function idAt(uint256 index) external pure returns (TransferId) {
        return _id(index);
    }

    function _listen(address caller) internal {
        _caller = caller;
        VM.recordLogs();
    }

    /// @dev Reads the logs of the call just made: `items` of them, or `violation` says so. Which of them applied something?
    function _read(address emitter, uint256 items) internal returns (bool[] memory applied) {
        Vm.Log[] memory logs = VM.getRecordedLogs();
        applied = new bool[](items);
        uint256 count;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != emitter) continue;
            if (count == items) return applied;
            applied[count++] = _readLog(logs[i]);
        }
        _note(count == items, "an item without an event");
    }

    function _readLog(Vm.Log memory log) private returns (bool) {
        TransferId key = TransferId.wrap(log.topics[1]);
        bytes32 name = log.topics[0];
        (uint64 number) = abi.decode(log.data, (uint64));
        _note(number == lastSequence + 1, "a gap in sequence");
        lastSequence = number;
        if (name == ITransferStateRepo.TransitionRefused.selector) return false;
        if (name == ITransferStateRepo.ResolutionWithdrawn.selector) _proposer[key] = address(0);
        else if (name == ITransferStateRepo.ResolutionProposed.selector) _proposer[key] = _caller;
        else if (name == ITransferStateRepo.TransferStarted.selector) _readStart(key, log);
        else if (name == ITransferStateRepo.TransferResolved.selector) _readResolution(key, log);
        else _readTransition(key, _stateNamed(name), log);
        return true;
    }

    function _readStart(TransferId key, Vm.Log memory log) private {
        _note(_rebuilt[key].phase == 0, "a start of what was started");
        (, uint16 currency, uint64 amount, uint40 deadline) = abi.decode(log.data, (uint64, uint16, uint64, uint40));
        _rebuilt[key] = TransferState({
            phase: 1,
            payerBank: BankId.wrap(bytes8(log.topics[2])),
            payeeBank: BankId.wrap(bytes8(log.topics[3])),
            currency: currency,
            amount: amount,
            deadline: deadline
        });
    }

    function _readResolution(TransferId key, Vm.Log memory log) private {
        (, State to,,, address confirmer) = abi.decode(log.data, (uint64, State, bytes4, address, address));
        State origin = State(_rebuilt[key].phase >> 4);
        bool negative = (origin == State.STARTED && to == State.REJECTED) || (origin == State.PENDING && to == State.REVERSING);
        BankId legBank = origin == State.PENDING ? _rebuilt[key].payeeBank : _rebuilt[key].payerBank;
        _note(_rebuilt[key].phase & 0x0f == 7, "a resolution of what is not suspended");
        _note(to == origin || (negative && !banks.get(legBank).active), "a resolution to a state not allowed");
        _note(confirmer == _caller && _proposer[key] != address(0) && _proposer[key] != confirmer, "one arbiter alone");
        _proposer[key] = address(0);
        _setPhase(key, uint8(to));
    }

    function _readTransition(TransferId key, State to, Vm.Log memory log) private {
        uint8 phase = _rebuilt[key].phase;
        bool suspended = phase & 0x0f == 7;
        State from = State(suspended ? phase >> 4 : phase);
        uint256 leg = _legOf(from, to);
        bool overdue = to == State.SUSPENDED && _isArbiter(_caller);
        _note(leg != 0 && !(suspended && to == State.SUSPENDED), "a transition that is not in the table");
        if (overdue) {
            _note(block.timestamp > _rebuilt[key].deadline, "an arbiter's suspension before the deadline");
        } else {
            Operator memory operator = banks.operatorOf(_caller);
            BankId legBank = leg == 1 ? _rebuilt[key].payerBank : _rebuilt[key].payeeBank;
            _note(operator.bank == legBank && operator.kinds & 2 != 0, "a leg moved by another than its bank");
        }
        if (to == State.SUSPENDED) {
            (, State origin) = abi.decode(log.data, (uint64, State));
            _note(origin == from, "a suspension that names another state");
        }
        _proposer[key] = address(0);
        _setPhase(key, to == State.SUSPENDED ? (uint8(from) << 4) | 7 : uint8(to));
    }

    function _setPhase(TransferId key, uint8 phase) private {
        _note(_finalPhase[key] == 0, "a final state left");
        _rebuilt[key].phase = phase;
        if (phase == 3 || phase == 4 || phase == 6) _finalPhase[key] = phase;
    }

    function _isArbiter(address caller) private pure returns (bool) {
        return caller == _arbiter(0) || caller == _arbiter(1) || caller == _arbiter(2);
    }

    function _stateNamed(bytes32 name) private pure returns (State) {
        if (name == ITransferStateRepo.TransferPending.selector) return State.PENDING;
        if (name == ITransferStateRepo.TransferCompleted.selector) return State.COMPLETED;
        if (name == ITransferStateRepo.TransferRejected.selector) return State.REJECTED;
        if (name == ITransferStateRepo.TransferReversing.selector) return State.REVERSING;
        if (name == ITransferStateRepo.TransferReversed.selector) return State.REVERSED;
        return State.SUSPENDED;
    }

    function _note(bool holds, string memory what) internal {
        if (!holds && bytes(violation).length == 0) violation = what;
    }
}
