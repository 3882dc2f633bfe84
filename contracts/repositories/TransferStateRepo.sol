// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {BankId, Banks, Operator} from "../entities/Bank.sol";
import {Leg, State, TransferId, TransferState, TransferStates} from "../entities/TransferState.sol";
import {IBankRepo} from "../interfaces/IBankRepo.sol";
import {ITransferStateRepo} from "../interfaces/ITransferStateRepo.sol";

/// @title The transfers, and who may move them.
/// @dev Strict and tolerant writes share one check and one effect; they differ only in what a refusal does.
contract TransferStateRepo is ITransferStateRepo, AccessManaged {
    using TransferStates for uint8;

    /// @dev A start takes about 36 000 gas: 400 stay under the 16.7 M cap of one transaction (EIP-7825).
    uint256 private constant MAX_BATCH_ITEMS = 400;

    // Packed behind AccessManaged's authority, so that a start reads both in one cold slot.
    uint64 private _sequence;
    mapping(TransferId id => TransferState) private _transfers;
    mapping(TransferId id => Resolution) private _resolutions;

    bytes32 private immutable _DOMAIN;
    IBankRepo private immutable _BANK_REPO;
    ITransferStateRepo private immutable _PREDECESSOR;

    /// @dev What the banks say of a start; kept for the next item of a batch, which mostly has the same two banks.
    struct StartCheckCache {
        BankId payerBank;
        BankId payeeBank;
        Refusal cause;
    }

    constructor(address authority, IBankRepo bankRepo_, bytes32 domain_, ITransferStateRepo predecessor_)
        AccessManaged(authority)
    {
        // Check:
        bool successor = address(predecessor_) != address(0);
        if (domain_ == 0 || (successor && domain_ != predecessor_.domain())) revert TransferDomainInvalid(domain_);
        // Effect: cursors of streams go on where the predecessor's ended.
        if (successor) _sequence = predecessor_.sequence();
        _DOMAIN = domain_;
        _BANK_REPO = bankRepo_;
        _PREDECESSOR = predecessor_;
    }

    // ------------------------------------------------------------------ starting: an initiator's

    /// @inheritdoc ITransferStateRepo
    function start(Start calldata item) external restricted {
        // Check:
        StartCheckCache memory cache;
        Refusal cause = _startRefusal(item, cache);
        if (cause != Refusal.NONE) revert TransferStartRefused(item.id, cause);
        // Effect:
        _sequence = _start(item, _sequence);
    }

    /// @inheritdoc ITransferStateRepo
    function startBatch(Start[] calldata items) external restricted {
        // Check:
        _requireBatch(items.length);
        StartCheckCache memory cache;
        uint64 last = _sequence;
        for (uint256 i = 0; i < items.length; ++i) {
            Start calldata item = items[i];
            Refusal cause = _startRefusal(item, cache);
            // Effect:
            if (cause == Refusal.NONE) {
                last = _start(item, last);
            } else {
                emit TransitionRefused(item.id, ++last, _transfers[item.id].phase.stateOf(), State.STARTED, cause);
            }
        }
        _sequence = last;
    }

    // ------------------------------------------------------------------ legs: their bank's

    /// @inheritdoc ITransferStateRepo
    function markPending(TransferId id, bytes32 evidence) external {
        _advance(Transition({id: id, to: State.PENDING, reason: 0, evidence: evidence}));
    }

    /// @inheritdoc ITransferStateRepo
    function complete(TransferId id, bytes32 evidence) external {
        _advance(Transition({id: id, to: State.COMPLETED, reason: 0, evidence: evidence}));
    }

    /// @inheritdoc ITransferStateRepo
    function reject(TransferId id, bytes4 reason, bytes32 evidence) external {
        _advance(Transition({id: id, to: State.REJECTED, reason: reason, evidence: evidence}));
    }

    /// @inheritdoc ITransferStateRepo
    function reverse(TransferId id, bytes4 reason, bytes32 evidence) external {
        _advance(Transition({id: id, to: State.REVERSING, reason: reason, evidence: evidence}));
    }

    /// @inheritdoc ITransferStateRepo
    function markReversed(TransferId id, bytes32 evidence) external {
        _advance(Transition({id: id, to: State.REVERSED, reason: 0, evidence: evidence}));
    }

    /// @inheritdoc ITransferStateRepo
    function suspend(TransferId id, bytes4 reason, bytes32 evidence) external {
        _advance(Transition({id: id, to: State.SUSPENDED, reason: reason, evidence: evidence}));
    }

    /// @inheritdoc ITransferStateRepo
    function advance(Transition[] calldata items) external {
        // Check:
        _requireBatch(items.length);
        BankId callerBank = _callerBank();
        uint64 last = _sequence;
        for (uint256 i = 0; i < items.length; ++i) {
            Transition memory item = items[i];
            TransferState storage transfer = _transfers[item.id];
            uint8 phase = transfer.phase;
            Refusal cause = _transitionRefusal(transfer, phase, item, callerBank);
            // Effect:
            if (cause == Refusal.NONE) _apply(transfer, phase, item, ++last);
            else emit TransitionRefused(item.id, ++last, phase.stateOf(), item.to, cause);
        }
        _sequence = last;
    }

    // ------------------------------------------------------------------ suspended transfers: two arbiters'

    /// @inheritdoc ITransferStateRepo
    function suspendOverdue(TransferId id, bytes4 reason) external restricted {
        // Check:
        TransferState storage transfer = _transfers[id];
        uint8 phase = transfer.phase;
        State from = phase.stateOf();
        if (TransferStates.openLeg(from) == Leg.NONE) {
            revert TransferUnexpectedState(id, from, State.SUSPENDED, phase.allowed());
        }
        if (block.timestamp <= transfer.deadline) revert TransferNotOverdue(id, transfer.deadline);
        if (!TransferStates.isReason(reason)) revert TransferReasonInvalid(id, reason);
        // Effect:
        _apply(transfer, phase, Transition({id: id, to: State.SUSPENDED, reason: reason, evidence: 0}), ++_sequence);
    }

    /// @inheritdoc ITransferStateRepo
    function proposeResolution(TransferId id, State to, bytes4 reason) external restricted {
        // Check:
        _requireResolution(id, to);
        address proposer = _resolutions[id].proposer;
        if (proposer != address(0)) revert ResolutionExists(id, proposer);
        bool reasonFits = TransferStates.needsReason(to) ? TransferStates.isReason(reason) : reason == 0;
        if (!reasonFits) revert TransferReasonInvalid(id, reason);
        // Effect:
        _resolutions[id] = Resolution({proposer: msg.sender, to: to, reason: reason});
        emit ResolutionProposed(id, ++_sequence, to, reason, msg.sender);
    }

    /// @inheritdoc ITransferStateRepo
    function confirmResolution(TransferId id, State to) external restricted {
        // Check: asked again now, because the bank may have changed since the proposal.
        _requireResolution(id, to);
        Resolution memory resolution = _resolutions[id];
        if (resolution.proposer == address(0) || resolution.to != to) revert ResolutionUnknown(id, to);
        if (resolution.proposer == msg.sender) revert ResolutionNeedsAnother(id, msg.sender);
        // Effect:
        delete _resolutions[id];
        _transfers[id].phase = uint8(to);
        emit TransferResolved(id, ++_sequence, to, resolution.reason, resolution.proposer, msg.sender);
    }

    /// @inheritdoc ITransferStateRepo
    function withdrawResolution(TransferId id) external restricted {
        // Check:
        if (_resolutions[id].proposer == address(0)) revert ResolutionUnknown(id, State.NONE);
        // Effect:
        delete _resolutions[id];
        emit ResolutionWithdrawn(id, ++_sequence, msg.sender);
    }

    // ------------------------------------------------------------------ reading

    /// @inheritdoc ITransferStateRepo
    function get(TransferId id) external view returns (TransferState memory) {
        return _transfers[id];
    }

    /// @inheritdoc ITransferStateRepo
    function getMany(TransferId[] calldata ids) external view returns (TransferState[] memory transfers) {
        transfers = new TransferState[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            transfers[i] = _transfers[ids[i]];
        }
    }

    /// @inheritdoc ITransferStateRepo
    function isKnown(TransferId id) public view returns (bool) {
        if (_transfers[id].phase != 0) return true;
        return address(_PREDECESSOR) != address(0) && _PREDECESSOR.isKnown(id);
    }

    /// @inheritdoc ITransferStateRepo
    function resolutionOf(TransferId id) external view returns (Resolution memory) {
        return _resolutions[id];
    }

    /// @inheritdoc ITransferStateRepo
    function sequence() external view returns (uint64) {
        return _sequence;
    }

    /// @inheritdoc ITransferStateRepo
    function domain() external view returns (bytes32) {
        return _DOMAIN;
    }

    /// @inheritdoc ITransferStateRepo
    function predecessor() external view returns (ITransferStateRepo) {
        return _PREDECESSOR;
    }

    /// @inheritdoc ITransferStateRepo
    function bankRepo() external view returns (address) {
        return address(_BANK_REPO);
    }

    // ------------------------------------------------------------------ starting, inside

    function _startRefusal(Start calldata item, StartCheckCache memory cache) private view returns (Refusal) {
        if (TransferId.unwrap(item.id) == 0) return Refusal.ID_ZERO;
        if (isKnown(item.id)) return Refusal.EXISTS;
        if (item.amount == 0 || item.amount > TransferStates.MAX_AMOUNT) return Refusal.AMOUNT_INVALID;
        if (item.currency == 0 || item.currency > TransferStates.MAX_CURRENCY) return Refusal.CURRENCY_INVALID;
        bool timely =
            item.deadline > block.timestamp && item.deadline <= block.timestamp + TransferStates.MAX_DEADLINE_SECONDS;
        if (!timely) return Refusal.DEADLINE_INVALID;
        if (item.details.length > TransferStates.MAX_DETAILS_BYTES) return Refusal.DETAILS_TOO_LONG;
        if (item.payerBank != cache.payerBank || item.payeeBank != cache.payeeBank) {
            cache.payerBank = item.payerBank;
            cache.payeeBank = item.payeeBank;
            cache.cause = _bankRefusal(item.payerBank, item.payeeBank);
        } else if (item.payerBank == Banks.NO_BANK) {
            // The cache starts out with no bank, of which nothing was asked.
            return Refusal.PAYER_BANK_INACTIVE;
        }
        return cache.cause;
    }

    function _bankRefusal(BankId payerBank, BankId payeeBank) private view returns (Refusal) {
        IBankRepo.StartCheck check = _BANK_REPO.checkStart(payerBank, payeeBank, msg.sender);
        if (check == IBankRepo.StartCheck.OK) return Refusal.NONE;
        if (check == IBankRepo.StartCheck.PAYER_BANK_INACTIVE) return Refusal.PAYER_BANK_INACTIVE;
        if (check == IBankRepo.StartCheck.PAYEE_BANK_INACTIVE) return Refusal.PAYEE_BANK_INACTIVE;
        return Refusal.INITIATOR_NOT_ADMITTED;
    }

    function _start(Start calldata item, uint64 last) private returns (uint64 next) {
        next = last + 1;
        _transfers[item.id] = TransferState({
            phase: uint8(State.STARTED),
            payerBank: item.payerBank,
            payeeBank: item.payeeBank,
            currency: item.currency,
            amount: item.amount,
            deadline: item.deadline
        });
        emit TransferStarted(
            item.id, item.payerBank, item.payeeBank, next, item.currency, item.amount, item.deadline, item.details
        );
    }

    // ------------------------------------------------------------------ moving on, inside

    function _advance(Transition memory item) private {
        // Check:
        BankId callerBank = _callerBank();
        TransferState storage transfer = _transfers[item.id];
        uint8 phase = transfer.phase;
        Refusal cause = _transitionRefusal(transfer, phase, item, callerBank);
        if (cause != Refusal.NONE) _revert(transfer, phase, item, callerBank, cause);
        // Effect:
        _apply(transfer, phase, item, ++_sequence);
    }

    /// @dev The one guard of every transition that a bank reports.
    function _transitionRefusal(TransferState storage transfer, uint8 phase, Transition memory item, BankId callerBank)
        private
        view
        returns (Refusal)
    {
        State from = phase.activeState();
        Leg leg = TransferStates.mover(from, item.to);
        bool again = item.to == State.SUSPENDED && phase.stateOf() == State.SUSPENDED;
        if (leg == Leg.NONE || again) return Refusal.UNEXPECTED_STATE;
        if (_legBank(transfer, leg) != callerBank) return Refusal.NOT_LEG_BANK;
        bool reasonFits =
            TransferStates.needsReason(item.to) ? TransferStates.isReason(item.reason) : item.reason == 0;
        if (!reasonFits) return Refusal.REASON_INVALID;
        if (item.evidence == 0 && item.to != State.SUSPENDED) return Refusal.EVIDENCE_MISSING;
        return Refusal.NONE;
    }

    function _revert(
        TransferState storage transfer,
        uint8 phase,
        Transition memory item,
        BankId callerBank,
        Refusal cause
    ) private view {
        if (cause == Refusal.UNEXPECTED_STATE) {
            revert TransferUnexpectedState(item.id, phase.stateOf(), item.to, phase.allowed());
        }
        if (cause == Refusal.NOT_LEG_BANK) {
            BankId legBank = _legBank(transfer, TransferStates.mover(phase.activeState(), item.to));
            revert TransferNotLegBank(item.id, legBank, callerBank);
        }
        if (cause == Refusal.REASON_INVALID) revert TransferReasonInvalid(item.id, item.reason);
        revert TransferEvidenceMissing(item.id);
    }

    function _apply(TransferState storage transfer, uint8 phase, Transition memory item, uint64 number) private {
        bool suspended = phase.stateOf() == State.SUSPENDED;
        // What was proposed for a suspended transfer is pointless once its bank has spoken.
        if (suspended) delete _resolutions[item.id];
        State to = item.to;
        transfer.phase = to == State.SUSPENDED ? TransferStates.suspendedPhase(phase.stateOf()) : uint8(to);
        if (to == State.PENDING) {
            emit TransferPending(item.id, number, item.evidence);
        } else if (to == State.COMPLETED) {
            emit TransferCompleted(item.id, number, item.evidence);
        } else if (to == State.REJECTED) {
            emit TransferRejected(item.id, number, item.reason, item.evidence);
        } else if (to == State.REVERSING) {
            emit TransferReversing(item.id, number, item.reason, item.evidence);
        } else if (to == State.REVERSED) {
            emit TransferReversed(item.id, number, item.evidence);
        } else {
            emit TransferSuspended(item.id, number, phase.stateOf(), item.reason, item.evidence, msg.sender);
        }
    }

    // ------------------------------------------------------------------ helpers

    function _requireBatch(uint256 items) private pure {
        if (items == 0 || items > MAX_BATCH_ITEMS) revert TransferBatchSizeInvalid(items);
    }

    /// @dev The bank whose legs operator is calling. A deactivated bank's operators still report what has happened there.
    function _callerBank() private view returns (BankId) {
        Operator memory operator = _BANK_REPO.operatorOf(msg.sender);
        if (operator.kinds & Banks.LEGS == 0) revert TransferUnauthorizedOperator(msg.sender);
        return operator.bank;
    }

    function _legBank(TransferState storage transfer, Leg leg) private view returns (BankId) {
        return leg == Leg.PAYER ? transfer.payerBank : transfer.payeeBank;
    }

    function _requireResolution(TransferId id, State to) private view {
        TransferState storage transfer = _transfers[id];
        uint8 phase = transfer.phase;
        if (phase.stateOf() != State.SUSPENDED) revert TransferNotSuspended(id, phase.stateOf());
        State resume = phase.suspendedFrom();
        if (to == resume) return;
        State negative = TransferStates.negativeOutcome(resume);
        bool active = _BANK_REPO.get(_legBank(transfer, TransferStates.openLeg(resume))).active;
        if (to == State.NONE || to != negative || active) revert ResolutionNotAllowed(id, to, resume, negative);
    }
}
