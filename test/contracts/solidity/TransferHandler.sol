// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {State, TransferId} from "../../../contracts/entities/TransferState.sol";
import {ITransferStateRepo} from "../../../contracts/interfaces/ITransferStateRepo.sol";
import {TransferStateRepo} from "../../../contracts/repositories/TransferStateRepo.sol";
import {TransferLedger} from "./TransferLedger.sol";
import {VM} from "./Vm.sol";

/// @title Does at random what the parts of a network can do, to three contracts at once.
/// @dev `batched` gets batches as they are; `single` the same items one by one; `applied` only the items that `batched` applied. The
/// ledger reads the logs of `batched`, as a service would.
contract TransferHandler is TransferLedger {
    TransferStateRepo public immutable batched;
    TransferStateRepo public immutable single;
    TransferStateRepo public immutable applied;

    uint256 private constant MAX_ITEMS = 6;

    constructor() {
        _buildBanks();
        batched = _buildRepo();
        single = _buildRepo();
        applied = _buildRepo();
    }

    function start(uint256 who, uint256 idSeed, uint256 bankSeed, uint64 amount, uint8 count) external {
        ITransferStateRepo.Start[] memory items = new ITransferStateRepo.Start[](1 + count % MAX_ITEMS);
        for (uint256 i = 0; i < items.length; ++i) {
            items[i] = ITransferStateRepo.Start({
                requestHash: _request(idSeed >> (8 * i)),
                payerBank: _bank(bankSeed >> (8 * i)),
                payeeBank: _bank(bankSeed >> (8 * i + 4)),
                currency: 764,
                amount: amount % 8 == 0 ? 0 : amount % 1e15,
                deadline: uint40(block.timestamp + 1 days),
                details: abi.encode(idSeed)
            });
        }
        address initiator = _initiator(who);
        _listen(initiator);
        VM.prank(initiator);
        batched.startBatch(items);
        bool[] memory wasApplied = _read(address(batched), items.length);
        ITransferStateRepo.Start[] memory one = new ITransferStateRepo.Start[](1);
        for (uint256 i = 0; i < items.length; ++i) {
            one[0] = items[i];
            _mustDo(address(single), initiator, abi.encodeCall(ITransferStateRepo.startBatch, (one)));
            if (wasApplied[i]) _mustDo(address(applied), initiator, abi.encodeCall(ITransferStateRepo.start, (items[i])));
        }
    }

    /// @dev Half of the items are what the transfer waits for, so that runs get deep; the others are anything.
    function advance(uint256 actorSeed, uint256 seed, uint8 count) external {
        address actor = _actor(actorSeed % 4);
        ITransferStateRepo.Transition[] memory items = new ITransferStateRepo.Transition[](1 + count % MAX_ITEMS);
        for (uint256 i = 0; i < items.length; ++i) items[i] = _item(uint256(keccak256(abi.encode(seed, i))));
        _listen(actor);
        VM.prank(actor);
        try batched.advance(items) {}
        catch {
            return;
        }
        bool[] memory wasApplied = _read(address(batched), items.length);
        ITransferStateRepo.Transition[] memory one = new ITransferStateRepo.Transition[](1);
        for (uint256 i = 0; i < items.length; ++i) {
            one[0] = items[i];
            _mustDo(address(single), actor, abi.encodeCall(ITransferStateRepo.advance, (one)));
            if (wasApplied[i]) _mustDo(address(applied), actor, _strictCall(items[i]));
        }
    }

    function suspendOverdue(uint256 arbiter, uint256 idSeed) external {
        _byArbiter(arbiter, abi.encodeCall(ITransferStateRepo.suspendOverdue, (_id(idSeed), "AB05")));
    }

    function propose(uint256 arbiter, uint256 idSeed, uint8 to, bool withReason) external {
        bytes4 reason = withReason ? bytes4("AC04") : bytes4(0);
        _byArbiter(arbiter, abi.encodeCall(ITransferStateRepo.proposeResolution, (_id(idSeed), State(to % 8), reason)));
    }

    function confirm(uint256 arbiter, uint256 idSeed) external {
        State to = batched.resolutionOf(_id(idSeed)).to;
        _byArbiter(arbiter, abi.encodeCall(ITransferStateRepo.confirmResolution, (_id(idSeed), to)));
    }

    function withdraw(uint256 arbiter, uint256 idSeed) external {
        _byArbiter(arbiter, abi.encodeCall(ITransferStateRepo.withdrawResolution, (_id(idSeed))));
    }

    function proposeOutcome(uint256 person, uint256 idSeed, uint8 to, bool withReason) external {
        bytes4 reason = withReason ? bytes4("AC04") : bytes4(0);
        _byAnyone(
            _person(person), abi.encodeCall(ITransferStateRepo.proposeOutcome, (_id(idSeed), State(to % 8), reason, "shown")), 1
        );
    }

    /// @dev Half of the proposals are what the transfer waits for, so that outcomes are confirmed at all.
    function proposeExpectedOutcome(uint256 person, uint256 idSeed) external {
        State from = State(batched.get(_id(idSeed)).phase >> 4);
        State to = _next(from, idSeed >> 8);
        bytes4 reason = to == State.REJECTED || to == State.REVERSING ? bytes4("AC04") : bytes4(0);
        _byAnyone(_person(person), abi.encodeCall(ITransferStateRepo.proposeOutcome, (_id(idSeed), to, reason, "shown")), 1);
    }

    function confirmOutcome(uint256 person, uint256 idSeed) external {
        ITransferStateRepo.OutcomeProposal memory proposal = batched.outcomeOf(_id(idSeed));
        bytes memory call = abi.encodeCall(
            ITransferStateRepo.confirmOutcome, (_id(idSeed), proposal.to, proposal.reason, proposal.evidence)
        );
        _byAnyone(_person(person), call, 2);
    }

    function withdrawOutcome(uint256 person, uint256 idSeed) external {
        _byAnyone(_person(person), abi.encodeCall(ITransferStateRepo.withdrawOutcome, (_id(idSeed))), 1);
    }

    function wait(uint32 seconds_) external {
        VM.warp(block.timestamp + seconds_ % 2 days);
    }

    /// @dev Seldom, or soon nothing could start any more.
    function deactivate(uint256 bankSeed) external {
        if (bankSeed % 64 != 2 || !banks.get(_bank(bankSeed)).active) return;
        banks.deactivateBank(_bank(bankSeed));
    }

    function _item(uint256 seed) private view returns (ITransferStateRepo.Transition memory item) {
        item.id = _id(seed);
        State from = batched.get(item.id).phase & 0x0f == 7 ? State(batched.get(item.id).phase >> 4) : _shown(item.id);
        item.to = seed % 2 == 0 ? _next(from, seed >> 8) : State((seed >> 8) % 8);
        bool reasoned = item.to == State.REJECTED || item.to == State.REVERSING || item.to == State.SUSPENDED;
        item.reason = (seed >> 16) % 16 == 0 ? bytes4("ac04") : reasoned ? bytes4("AC04") : bytes4(0);
        item.evidence = (seed >> 24) % 16 == 0 ? bytes32(0) : keccak256(abi.encode(seed));
    }

    function _shown(TransferId id) private view returns (State) {
        return State(batched.get(id).phase & 0x0f);
    }

    function _next(State from, uint256 seed) private pure returns (State) {
        if (from == State.STARTED) return seed % 4 == 0 ? State.REJECTED : State.PENDING;
        if (from == State.PENDING) return seed % 2 == 0 ? State.COMPLETED : State.REVERSING;
        return from == State.REVERSING ? State.REVERSED : State.SUSPENDED;
    }

    function _strictCall(ITransferStateRepo.Transition memory item) private pure returns (bytes memory) {
        if (item.to == State.PENDING) return abi.encodeCall(ITransferStateRepo.markPending, (item.id, item.evidence));
        if (item.to == State.COMPLETED) return abi.encodeCall(ITransferStateRepo.complete, (item.id, item.evidence));
        if (item.to == State.REVERSED) return abi.encodeCall(ITransferStateRepo.markReversed, (item.id, item.evidence));
        if (item.to == State.REJECTED) return abi.encodeCall(ITransferStateRepo.reject, (item.id, item.reason, item.evidence));
        if (item.to == State.REVERSING) return abi.encodeCall(ITransferStateRepo.reverse, (item.id, item.reason, item.evidence));
        return abi.encodeCall(ITransferStateRepo.suspend, (item.id, item.reason, item.evidence));
    }

    /// @dev What reverts here must show, and not be taken for a call that the runner merely drops.
    function _mustDo(address repo, address by, bytes memory call) private {
        VM.prank(by);
        (bool done,) = repo.call(call);
        _note(done, "a call that must be taken was refused");
    }

    function _byArbiter(uint256 arbiter, bytes memory call) private {
        _byAnyone(_arbiter(arbiter), call, 1);
    }

    /// @dev `events`: how many the call emits where it is taken.
    function _byAnyone(address by, bytes memory call, uint256 events) private {
        _listen(by);
        VM.prank(by);
        (bool done,) = address(batched).call(call);
        _read(address(batched), done ? events : 0);
        VM.prank(by);
        (bool singleDone,) = address(single).call(call);
        VM.prank(by);
        (bool appliedDone,) = address(applied).call(call);
        _note(done == singleDone && done == appliedDone, "a call about a suspended transfer fared otherwise");
    }
}
