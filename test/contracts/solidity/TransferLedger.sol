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
    mapping(TransferId => address) private _outcomeProposer;
    mapping(TransferId => State) private _confirmed;
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
        else if (name == ITransferStateRepo.OutcomeWithdrawn.selector) _readOutcomeWithdrawal(key);
        else if (name == ITransferStateRepo.OutcomeProposed.selector) _readOutcomeProposal(key, log);
        else if (name == ITransferStateRepo.OutcomeConfirmed.selector) _readOutcomeConfirmation(key, log);
        else if (name == ITransferStateRepo.TransferStarted.selector) _readStart(key, log);
        else if (name == ITransferStateRepo.TransferResolved.selector) _readResolution(key, log);
        else _readTransition(key, _stateNamed(name), log);
        return true;
    }

    function _readStart(TransferId key, Vm.Log memory log) private {
        _note(_rebuilt[key].phase == 0, "a start of what was started");
        _note(_isOwnId(key), "a start of another organisation's id");
        (, uint16 currency, uint64 amount, uint40 deadline) = abi.decode(log.data, (uint64, uint16, uint64, uint40));
        _rebuilt[key] = TransferState({
            phase: 1,
            payerBank: BankId.wrap(bytes8(log.topics[2])),
            payeeBank: BankId.wrap(bytes8(log.topics[3])),
            currency: currency,
            amount: uint56(amount),
            resumptions: 0,
            deadline: deadline
        });
    }

    function _readResolution(TransferId key, Vm.Log memory log) private {
        (, State to,,, address confirmer, uint8 resumptions) =
            abi.decode(log.data, (uint64, State, bytes4, address, address, uint8));
        State origin = State(_rebuilt[key].phase >> 4);
        bool negative = (origin == State.STARTED && to == State.REJECTED) || (origin == State.PENDING && to == State.REVERSING);
        BankId legBank = origin == State.PENDING ? _rebuilt[key].payeeBank : _rebuilt[key].payerBank;
        _note(_rebuilt[key].phase & 0x0f == 7, "a resolution of what is not suspended");
        _note(to == origin || (negative && !banks.get(legBank).active), "a resolution to a state not allowed");
        _note(confirmer == _caller && _proposer[key] != address(0) && _proposer[key] != confirmer, "one arbiter alone");
        if (to == origin) ++_rebuilt[key].resumptions;
        _note(resumptions == _rebuilt[key].resumptions, "a resumption counted wrongly");
        _setPhase(key, uint8(to));
    }

    function _readOutcomeProposal(TransferId key, Vm.Log memory log) private {
        (, State to,,, address by) = abi.decode(log.data, (uint64, State, bytes4, bytes32, address));
        _note(by == _caller && _outcomeProposer[key] == address(0), "a proposal over another");
        _requirePerson(key, to);
        _outcomeProposer[key] = by;
    }

    function _readOutcomeWithdrawal(TransferId key) private {
        _note(_outcomeProposer[key] != address(0), "a withdrawal of nothing");
        _requirePerson(key, State.NONE);
        _outcomeProposer[key] = address(0);
    }

    function _readOutcomeConfirmation(TransferId key, Vm.Log memory log) private {
        (, State to, address proposer, address confirmer) = abi.decode(log.data, (uint64, State, address, address));
        _note(confirmer == _caller && proposer == _outcomeProposer[key] && proposer != confirmer, "one person alone");
        _requirePerson(key, to);
        _confirmed[key] = to;
    }

    /// @dev The caller must be one of the people of the bank whose leg is open, and `to` that bank's to report.
    function _requirePerson(TransferId key, State to) private {
        uint8 phase = _rebuilt[key].phase;
        State origin = State(phase >> 4);
        Operator memory operator = banks.operatorOf(_caller);
        BankId legBank = origin == State.PENDING ? _rebuilt[key].payeeBank : _rebuilt[key].payerBank;
        _note(phase & 0x0f == 7, "an outcome of what is not suspended");
        _note(operator.bank == legBank && operator.kinds & 4 != 0, "an outcome by another than the bank's people");
        _note(to == State.NONE || (_legOf(origin, to) != 0 && to != State.SUSPENDED), "an outcome that is not in the table");
    }

    /// @dev Ids of the two organisations alternate; the caller must be the initiator of the id's.
    function _isOwnId(TransferId key) private view returns (bool) {
        for (uint256 i = 0; i < IDS; ++i) {
            if (TransferId.unwrap(_id(i)) == TransferId.unwrap(key)) return _caller == _initiator(i);
        }
        return false;
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
            uint8 kind = _confirmed[key] == to ? 4 : 2;
            _note(operator.bank == legBank && operator.kinds & kind != 0, "a leg moved by another than its bank");
            _confirmed[key] = State.NONE;
        }
        if (to == State.SUSPENDED) {
            (, State origin) = abi.decode(log.data, (uint64, State));
            _note(origin == from, "a suspension that names another state");
        }
        _setPhase(key, to == State.SUSPENDED ? (uint8(from) << 4) | 7 : uint8(to));
    }

    function _setPhase(TransferId key, uint8 phase) private {
        _note(_finalPhase[key] == 0, "a final state left");
        // Whatever moves a transfer makes the proposals for it moot.
        _proposer[key] = address(0);
        _outcomeProposer[key] = address(0);
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
