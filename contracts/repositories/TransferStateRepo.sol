// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {BankId, Banks, Operator} from "../entities/Bank.sol";
import {OrganisationId, Organisations} from "../entities/Organisation.sol";
import {
    State,
    StoredTransfer,
    TransferId,
    TransferState,
    TransferStates,
    TransferWord
} from "../entities/TransferState.sol";
import {IBankRepo} from "../interfaces/IBankRepo.sol";
import {ITransferStateRepo} from "../interfaces/ITransferStateRepo.sol";

/// @title The transfers, and who may move them.
/// @dev A strict write reverts where it is refused, and a batch goes on with the next item. Both run the same checks and effects.
contract TransferStateRepo is ITransferStateRepo, AccessManaged {
    using TransferStates for uint256;
    using TransferStates for TransferWord;

    /// @dev A start takes about 34 000 gas: 400 stay under the 16.7 M cap of one transaction (EIP-7825).
    uint256 private constant MAX_BATCH_ITEMS = 400;

    // Private functions pass a `Refusal` as its number: solc checks an enum's range at each comparison.
    uint256 private constant NOT_REFUSED = uint256(Refusal.NONE);

    bytes32 private immutable _DOMAIN;
    IBankRepo private immutable _BANK_REPO;
    ITransferStateRepo private immutable _PREDECESSOR;

    // In one slot with AccessManaged's authority, so that a start reads both in one cold slot.
    uint64 private _sequence;
    mapping(TransferId id => StoredTransfer) private _transfers;
    mapping(TransferId id => Resolution) private _resolutions;
    mapping(TransferId id => OutcomeProposal) private _outcomes;

    /// @dev The caller of a start. `banks` saves the next item of a batch the same question to BankRepo.
    /// @param organisation The caller's organisation.
    /// @param banks The payer's and the payee's bank of the last item that BankRepo let start; at first `NO_BANKS`.
    struct Starting {
        OrganisationId organisation;
        uint256 banks;
    }

    constructor(address authority, IBankRepo bankRepo_, bytes32 domain_, ITransferStateRepo predecessor_)
        AccessManaged(authority)
    {
        // Check:
        bool successor = address(predecessor_) != address(0);
        if (domain_ == 0 || (successor && domain_ != predecessor_.domain())) revert TransferDomainInvalid(domain_);
        // Effect: a reader's cursor goes on where the predecessor's events ended.
        if (successor) _sequence = predecessor_.sequence();
        _DOMAIN = domain_;
        _BANK_REPO = bankRepo_;
        _PREDECESSOR = predecessor_;
    }

    // ------------------------------------------------------------------ starting: an initiator's

    /// @inheritdoc ITransferStateRepo
    function start(Start calldata item) external restricted {
        Starting memory starting = _starting();
        uint256 number = uint256(_sequence) + 1;
        // Check, Effect:
        TransferId id = TransferStates.idOf(_DOMAIN, starting.organisation, item.requestHash);
        uint256 cause = _tryStart(id, item, starting, number);
        if (cause != NOT_REFUSED) revert TransferStartRefused(id, Refusal(cause));
        _sequence = uint64(number);
    }

    /// @inheritdoc ITransferStateRepo
    function startBatch(Start[] calldata items) external restricted {
        // Check:
        _requireBatch(items.length);
        Starting memory starting = _starting();
        uint256 number = _sequence;
        for (uint256 i = 0; i < items.length; ++i) {
            Start calldata item = items[i];
            unchecked {
                ++number; // one event an item: a chain cannot hold 2^64 events
            }
            // Check, Effect:
            TransferId id = TransferStates.idOf(_DOMAIN, starting.organisation, item.requestHash);
            uint256 cause = _tryStart(id, item, starting, number);
            if (cause != NOT_REFUSED) {
                emit TransitionRefused(id, uint64(number), _stateOf(id), State.STARTED, Refusal(cause));
            }
        }
        _sequence = uint64(number);
    }

    // ------------------------------------------------------------------ legs: their bank's

    /// @inheritdoc ITransferStateRepo
    function markPending(TransferId id, bytes32 evidence) external {
        _advance(id, TransferStates.PENDING, 0, evidence, _callerBank(Banks.LEGS), 0);
    }

    /// @inheritdoc ITransferStateRepo
    function complete(TransferId id, bytes32 evidence) external {
        _advance(id, TransferStates.COMPLETED, 0, evidence, _callerBank(Banks.LEGS), 0);
    }

    /// @inheritdoc ITransferStateRepo
    function reject(TransferId id, bytes4 reason, bytes32 evidence) external {
        _advance(id, TransferStates.REJECTED, reason, evidence, _callerBank(Banks.LEGS), 0);
    }

    /// @inheritdoc ITransferStateRepo
    function reverse(TransferId id, bytes4 reason, bytes32 evidence) external {
        _advance(id, TransferStates.REVERSING, reason, evidence, _callerBank(Banks.LEGS), 0);
    }

    /// @inheritdoc ITransferStateRepo
    function markReversed(TransferId id, bytes32 evidence) external {
        _advance(id, TransferStates.REVERSED, 0, evidence, _callerBank(Banks.LEGS), 0);
    }

    /// @inheritdoc ITransferStateRepo
    function suspend(TransferId id, bytes4 reason, bytes32 evidence) external {
        _advance(id, TransferStates.SUSPENDED, reason, evidence, _callerBank(Banks.LEGS), 0);
    }

    /// @inheritdoc ITransferStateRepo
    function advance(Transition[] calldata items) external {
        _advanceBatch(items, msg.data[:0]);
    }

    /// @inheritdoc ITransferStateRepo
    function advanceResumed(Transition[] calldata items, bytes calldata resumptions) external {
        // Check:
        _requireBatch(items.length);
        if (resumptions.length != items.length) revert TransferBatchSizeInvalid(resumptions.length);
        _advanceBatch(items, resumptions);
    }

    // ------------------------------------------------------------------ suspended transfers: two arbiters'

    /// @inheritdoc ITransferStateRepo
    function suspendOverdue(TransferId id, bytes4 reason) external restricted {
        // Check:
        StoredTransfer storage transfer = _transfers[id];
        TransferWord word = transfer.word;
        uint256 phase = word.phaseOf();
        uint256 from = phase.stateOf();
        if (!TransferStates.isOpen(from)) revert TransferUnexpectedState(id, State(from), State.SUSPENDED, phase.allowed());
        if (block.timestamp <= word.deadlineOf()) revert TransferNotOverdue(id, word.deadlineOf());
        if (!TransferStates.isReason(reason)) revert TransferReasonInvalid(id, reason);
        // Effect:
        transfer.word = word.withPhase(TransferStates.suspendedPhase(from));
        emit TransferSuspended(id, ++_sequence, State(from), reason, 0, msg.sender);
    }

    /// @inheritdoc ITransferStateRepo
    function proposeResolution(TransferId id, State to, bytes4 reason) external restricted {
        // Check:
        bool resumes = _requireResolution(id, to);
        address proposer = _resolutions[id].proposer;
        if (proposer != address(0)) revert ResolutionExists(id, proposer);
        bool reasonFits = resumes ? reason == 0 : TransferStates.isReason(reason);
        if (!reasonFits) revert TransferReasonInvalid(id, reason);
        // Effect:
        _resolutions[id] = Resolution({proposer: msg.sender, to: to, reason: reason});
        emit ResolutionProposed(id, ++_sequence, to, reason, msg.sender);
    }

    /// @inheritdoc ITransferStateRepo
    function confirmResolution(TransferId id, State to) external restricted {
        // Check: again, because the bank may have been deactivated since the proposal.
        bool resumes = _requireResolution(id, to);
        Resolution memory resolution = _resolutions[id];
        if (resolution.proposer == address(0) || resolution.to != to) revert ResolutionUnknown(id, to);
        if (resolution.proposer == msg.sender) revert ResolutionNeedsAnother(id, msg.sender);
        // Effect: a resumption posts anew, so a proposed outcome of the posting before it ends.
        delete _resolutions[id];
        delete _outcomes[id];
        TransferWord word = _transfers[id].word;
        word = resumes ? word.resumed(uint256(to)) : word.withPhase(uint256(to));
        _transfers[id].word = word;
        emit TransferResolved(
            id, ++_sequence, to, resolution.reason, resolution.proposer, msg.sender, word.resumptionsOf()
        );
    }

    /// @inheritdoc ITransferStateRepo
    function withdrawResolution(TransferId id) external restricted {
        // Check:
        if (_resolutions[id].proposer == address(0)) revert ResolutionUnknown(id, State.NONE);
        // Effect:
        delete _resolutions[id];
        emit ResolutionWithdrawn(id, ++_sequence, msg.sender);
    }

    // ------------------------------------------------------------------ suspended transfers: two of the bank's people

    /// @inheritdoc ITransferStateRepo
    function proposeOutcome(TransferId id, State to, bytes4 reason, bytes32 evidence) external {
        // Check:
        _requireOutcome(id, to, reason, evidence);
        address proposer = _outcomes[id].proposer;
        if (proposer != address(0)) revert OutcomeExists(id, proposer);
        // Effect:
        _outcomes[id] = OutcomeProposal({proposer: msg.sender, to: to, reason: reason, evidence: evidence});
        emit OutcomeProposed(id, ++_sequence, to, reason, evidence, msg.sender);
    }

    /// @inheritdoc ITransferStateRepo
    function confirmOutcome(TransferId id, State to, bytes4 reason, bytes32 evidence) external {
        // Check:
        BankId bank = _requireOutcome(id, to, reason, evidence);
        OutcomeProposal memory proposal = _outcomes[id];
        bool same = proposal.to == to && proposal.reason == reason && proposal.evidence == evidence;
        if (!same || !_reportsOutcomes(proposal.proposer, bank)) revert OutcomeUnknown(id, to);
        if (proposal.proposer == msg.sender) revert OutcomeNeedsAnother(id, msg.sender);
        // Effect: the state's event follows the confirmation's.
        emit OutcomeConfirmed(id, ++_sequence, to, proposal.proposer, msg.sender);
        _advance(id, uint256(to), reason, evidence, bank, _transfers[id].word.resumptionsOf());
    }

    /// @inheritdoc ITransferStateRepo
    function withdrawOutcome(TransferId id) external {
        // Check: only a suspended transfer has a proposal, because a report or a resumption deletes it.
        BankId bank = _callerBank(Banks.OUTCOMES);
        if (_outcomes[id].proposer == address(0)) revert OutcomeUnknown(id, State.NONE);
        BankId legBank = _legBank(_transfers[id].word);
        if (bank != legBank) revert TransferNotLegBank(id, legBank, bank);
        // Effect:
        delete _outcomes[id];
        emit OutcomeWithdrawn(id, ++_sequence, msg.sender);
    }

    // ------------------------------------------------------------------ reading

    /// @inheritdoc ITransferStateRepo
    function get(TransferId id) external view returns (TransferState memory) {
        return _transfers[id].word.unpack();
    }

    /// @inheritdoc ITransferStateRepo
    function getMany(TransferId[] calldata ids) external view returns (TransferState[] memory transfers) {
        transfers = new TransferState[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            transfers[i] = _transfers[ids[i]].word.unpack();
        }
    }

    /// @inheritdoc ITransferStateRepo
    function wordsOf(TransferId[] calldata ids) external view returns (TransferWord[] memory words) {
        words = new TransferWord[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            words[i] = _transfers[ids[i]].word;
        }
    }

    /// @inheritdoc ITransferStateRepo
    function isKnown(TransferId id) external view returns (bool) {
        return TransferWord.unwrap(_transfers[id].word) != 0 || _isPredecessors(id);
    }

    /// @inheritdoc ITransferStateRepo
    function resolutionOf(TransferId id) external view returns (Resolution memory) {
        return _resolutions[id];
    }

    /// @inheritdoc ITransferStateRepo
    function outcomeOf(TransferId id) external view returns (OutcomeProposal memory) {
        return _outcomes[id];
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

    /// @dev Starts the transfer and emits the event `number`; a refused start changes nothing, and its cause is returned.
    function _tryStart(TransferId id, Start calldata item, Starting memory starting, uint256 number) private returns (uint256) {
        // Check:
        if (item.requestHash == 0) return uint256(Refusal.REQUEST_HASH_ZERO);
        StoredTransfer storage transfer = _transfers[id];
        if (TransferWord.unwrap(transfer.word) != 0) return uint256(Refusal.EXISTS);
        if (_isPredecessors(id)) return uint256(Refusal.EXISTS);
        uint64 amount = item.amount;
        if (!TransferStates.isAmount(amount)) return uint256(Refusal.AMOUNT_INVALID);
        uint16 currency = item.currency;
        if (!TransferStates.isCurrency(currency)) return uint256(Refusal.CURRENCY_INVALID);
        uint40 deadline = item.deadline;
        if (!TransferStates.isTimely(deadline)) return uint256(Refusal.DEADLINE_INVALID);
        bytes calldata details = item.details;
        if (details.length > TransferStates.MAX_DETAILS_BYTES) return uint256(Refusal.DETAILS_TOO_LONG);
        BankId payerBank = item.payerBank;
        BankId payeeBank = item.payeeBank;
        TransferWord word = TransferStates.started(payerBank, payeeBank, currency, amount, deadline);
        uint256 banks = word.banksOf();
        if (banks != starting.banks) {
            uint256 cause = _bankRefusal(payerBank, payeeBank, starting.organisation);
            if (cause != NOT_REFUSED) return cause;
            starting.banks = banks;
        }
        // Effect: the cast is safe, because a chain cannot hold 2^64 events.
        transfer.word = word;
        emit TransferStarted(id, payerBank, payeeBank, uint64(number), currency, amount, deadline, details);
        return NOT_REFUSED;
    }

    function _bankRefusal(BankId payerBank, BankId payeeBank, OrganisationId organisation) private view returns (uint256) {
        IBankRepo.StartCheck check = _BANK_REPO.checkStart(payerBank, payeeBank, organisation);
        if (check == IBankRepo.StartCheck.OK) return NOT_REFUSED;
        if (check == IBankRepo.StartCheck.PAYER_BANK_INACTIVE) return uint256(Refusal.PAYER_BANK_INACTIVE);
        if (check == IBankRepo.StartCheck.PAYEE_BANK_INACTIVE) return uint256(Refusal.PAYEE_BANK_INACTIVE);
        return uint256(Refusal.ORGANISATION_NOT_ADMITTED);
    }

    /// @dev The caller, with no banks that BankRepo was asked about.
    function _starting() private view returns (Starting memory) {
        OrganisationId organisation = _BANK_REPO.organisationOf(msg.sender);
        if (organisation == Organisations.NO_ORGANISATION) revert TransferUnauthorizedInitiator(msg.sender);
        return Starting({organisation: organisation, banks: TransferStates.NO_BANKS});
    }

    // ------------------------------------------------------------------ moving on, inside

    /// @dev Applies one report, or reverts with the error of its refusal.
    function _advance(TransferId id, uint256 to, bytes4 reason, bytes32 evidence, BankId callerBank, uint256 resumptions) private {
        uint256 number = uint256(_sequence) + 1;
        // Check, Effect:
        uint256 cause = _tryAdvance(id, to, reason, evidence, callerBank, number, resumptions);
        if (cause != NOT_REFUSED) _revertAdvance(id, to, reason, callerBank, Refusal(cause));
        _sequence = uint64(number);
    }

    /// @dev Applies each report, or emits why it was refused.
    /// @param resumptions A byte for each item; empty where every item is of a transfer that was never resumed.
    function _advanceBatch(Transition[] calldata items, bytes calldata resumptions) private {
        // Check:
        _requireBatch(items.length);
        BankId callerBank = _callerBank(Banks.LEGS);
        uint256 number = _sequence;
        for (uint256 i = 0; i < items.length; ++i) {
            Transition calldata item = items[i];
            unchecked {
                ++number; // one event an item: a chain cannot hold 2^64 events
            }
            // Check, Effect:
            uint256 resumption = i < resumptions.length ? uint8(resumptions[i]) : 0;
            uint256 cause = _tryAdvance(item.id, uint256(item.to), item.reason, item.evidence, callerBank, number, resumption);
            if (cause != NOT_REFUSED) {
                emit TransitionRefused(item.id, uint64(number), _stateOf(item.id), item.to, Refusal(cause));
            }
        }
        _sequence = uint64(number);
    }

    /// @dev Applies a bank's report and emits the event `number`; a refused report changes nothing, and its cause is returned.
    function _tryAdvance(TransferId id, uint256 to, bytes4 reason, bytes32 evidence, BankId callerBank, uint256 number, uint256 resumptions)
        private
        returns (uint256)
    {
        // Check:
        StoredTransfer storage transfer = _transfers[id];
        TransferWord word = transfer.word;
        uint256 cause = _legRefusal(word, to, reason, evidence, callerBank, resumptions);
        if (cause != NOT_REFUSED) return cause;
        // Effect: the cast is safe, because a chain cannot hold 2^64 events.
        _apply(transfer, word, id, to, reason, evidence, uint64(number));
        return NOT_REFUSED;
    }

    /// @dev The cause for which the bank cannot report `to`; `NOT_REFUSED` where it can.
    function _legRefusal(TransferWord word, uint256 to, bytes4 reason, bytes32 evidence, BankId callerBank, uint256 resumptions)
        private
        pure
        returns (uint256)
    {
        uint256 leg = word.phaseOf().legOf(to);
        if (leg == 0) return uint256(Refusal.UNEXPECTED_STATE);
        if (word.bankOf(leg) != callerBank) return uint256(Refusal.NOT_LEG_BANK);
        if (TransferStates.needsReason(to)) {
            if (!TransferStates.isReason(reason)) return uint256(Refusal.REASON_INVALID);
            if (word.resumptionsOf() != resumptions) return uint256(Refusal.RESUMED);
        } else if (reason != 0) {
            return uint256(Refusal.REASON_INVALID);
        }
        if (evidence == 0 && to != TransferStates.SUSPENDED) return uint256(Refusal.EVIDENCE_MISSING);
        return NOT_REFUSED;
    }

    /// @dev Reverts with the error that tells the cause of a refused report.
    function _revertAdvance(TransferId id, uint256 to, bytes4 reason, BankId callerBank, Refusal cause) private view {
        TransferWord word = _transfers[id].word;
        uint256 phase = word.phaseOf();
        if (cause == Refusal.UNEXPECTED_STATE) {
            revert TransferUnexpectedState(id, State(phase.stateOf()), State(to), phase.allowed());
        }
        if (cause == Refusal.NOT_LEG_BANK) {
            revert TransferNotLegBank(id, word.bankOf(phase.legOf(to)), callerBank);
        }
        if (cause == Refusal.REASON_INVALID) revert TransferReasonInvalid(id, reason);
        if (cause == Refusal.RESUMED) revert TransferWasResumed(id, word.resumptionsOf());
        revert TransferEvidenceMissing(id);
    }

    function _apply(
        StoredTransfer storage transfer,
        TransferWord word,
        TransferId id,
        uint256 to,
        bytes4 reason,
        bytes32 evidence,
        uint64 number
    ) private {
        uint256 from = word.phaseOf().stateOf();
        // The bank's report ends every proposal for a suspended transfer.
        if (from == TransferStates.SUSPENDED) {
            delete _resolutions[id];
            delete _outcomes[id];
        }
        transfer.word = word.withPhase(to == TransferStates.SUSPENDED ? TransferStates.suspendedPhase(from) : to);
        if (to == TransferStates.PENDING) emit TransferPending(id, number, evidence);
        else if (to == TransferStates.COMPLETED) emit TransferCompleted(id, number, evidence);
        else if (to == TransferStates.REJECTED) emit TransferRejected(id, number, reason, evidence);
        else if (to == TransferStates.REVERSING) emit TransferReversing(id, number, reason, evidence);
        else if (to == TransferStates.REVERSED) emit TransferReversed(id, number, evidence);
        else emit TransferSuspended(id, number, State(from), reason, evidence, msg.sender);
    }

    // ------------------------------------------------------------------ helpers

    /// @dev Refuses calls through `AccessManager.execute`: their caller is the manager, so one arbiter could pass for two. An arbiter
    /// with a delay schedules the call at the manager, then makes it here.
    function _checkCanCall(address caller, bytes calldata data) internal override {
        if (caller == authority()) revert AccessManagedUnauthorized(caller);
        super._checkCanCall(caller, data);
    }

    function _isPredecessors(TransferId id) private view returns (bool) {
        if (address(_PREDECESSOR) == address(0)) return false;
        return _PREDECESSOR.isKnown(id);
    }

    function _stateOf(TransferId id) private view returns (State) {
        return State(_transfers[id].word.phaseOf().stateOf());
    }

    function _requireBatch(uint256 items) private pure {
        if (items == 0 || items > MAX_BATCH_ITEMS) revert TransferBatchSizeInvalid(items);
    }

    /// @dev The bank whose operator of that kind is calling. A deactivated bank's operators still report the outcome of its legs.
    function _callerBank(uint8 kind) private view returns (BankId) {
        Operator memory operator = _BANK_REPO.operatorOf(msg.sender);
        if (operator.kinds & kind == 0) revert TransferUnauthorizedOperator(msg.sender);
        return operator.bank;
    }

    function _reportsOutcomes(address person, BankId bank) private view returns (bool) {
        Operator memory operator = _BANK_REPO.operatorOf(person);
        return operator.bank == bank && operator.kinds & Banks.OUTCOMES != 0;
    }

    /// @dev The bank of the leg that a suspended transfer waits for.
    function _legBank(TransferWord word) private pure returns (BankId) {
        return word.bankOf(TransferStates.mover(word.phaseOf().suspendedFrom(), TransferStates.SUSPENDED));
    }

    /// @dev The caller's bank, whose people can report the outcome `to` of the suspended transfer.
    function _requireOutcome(TransferId id, State to, bytes4 reason, bytes32 evidence) private view returns (BankId bank) {
        bank = _callerBank(Banks.OUTCOMES);
        TransferWord word = _transfers[id].word;
        uint256 state = word.phaseOf().stateOf();
        if (state != TransferStates.SUSPENDED) revert TransferNotSuspended(id, State(state));
        uint256 cause = _legRefusal(word, uint256(to), reason, evidence, bank, word.resumptionsOf());
        if (cause != NOT_REFUSED) _revertAdvance(id, uint256(to), reason, bank, Refusal(cause));
    }

    /// @dev Checks that arbiters may resolve the suspended transfer by `to`.
    /// @return resumes True where `to` resumes the transfer, false where it is the negative outcome.
    function _requireResolution(TransferId id, State to) private view returns (bool resumes) {
        TransferWord word = _transfers[id].word;
        uint256 phase = word.phaseOf();
        if (phase.stateOf() != TransferStates.SUSPENDED) revert TransferNotSuspended(id, State(phase.stateOf()));
        uint256 resume = phase.suspendedFrom();
        if (uint256(to) == resume) {
            if (word.resumptionsOf() == TransferStates.MAX_RESUMPTIONS) revert TransferResumptionsExhausted(id);
            return true;
        }
        State negative = TransferStates.negativeOutcome(resume);
        bool active = _BANK_REPO.get(_legBank(word)).active;
        if (to == State.NONE || to != negative || active) revert ResolutionNotAllowed(id, to, State(resume), negative);
    }
}
