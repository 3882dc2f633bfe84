// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TransferId, TransferState} from "../../../contracts/entities/TransferState.sol";
import {TransferStateRepo} from "../../../contracts/repositories/TransferStateRepo.sol";
import {TransferHandler} from "./TransferHandler.sol";
import {VM} from "./Vm.sol";
import {World} from "./World.sol";

/// @title What holds after any sequence of calls by anybody.
/// @notice
/// 1. A final state (COMPLETED, REJECTED, REVERSED) is never left.
/// 2. A leg is moved by an operator for legs of its bank alone, along the table alone; an arbiter suspends after the deadline
///    alone; a suspended transfer is resumed, or if the open leg's bank is deactivated ended, by two different arbiters alone.
///    Its outcome is reported by two different people of that bank, if not by its legs operator.
/// 3. What is stored is what a reader of the logs reckons.
/// 4. `sequence` has no gap, and the contract stands where its last log stands.
/// 5. A batch does what its items do one by one.
/// 6. No item of a batch harms another: the same items without the refused ones, by strict calls, leave the same behind.
/// 7. An id is started by its own organisation alone, though two make theirs of the same requests; each resumption is counted.
/// @dev The tests named `test_Catches_` plant a bug for each: a contract that went wrong in storage, which must be seen.
contract TransferInvariants is World {
    // The slots of TransferStateRepo: 0 holds the authority and, from bit 168 on, `sequence`; 1 is the mapping of the transfers.
    uint256 private constant SEQUENCE_SHIFT = 168;
    bytes32 private constant TRANSFERS_SLOT = bytes32(uint256(1));

    TransferHandler private _handler;

    function setUp() public {
        _handler = new TransferHandler();
    }

    /// @dev The runner calls the handler, and nothing else.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_FinalStatesStay() public view {
        for (uint256 i = 0; i < IDS; ++i) {
            uint8 phase = _handler.finalPhase(_handler.idAt(i));
            if (phase != 0) _require(_handler.batched().get(_handler.idAt(i)).phase == phase, "a final state left");
        }
    }

    function invariant_LogsShowNothingForbidden() public view {
        _require(bytes(_handler.violation()).length == 0, _handler.violation());
    }

    function invariant_StorageIsWhatTheLogsSay() public view {
        for (uint256 i = 0; i < IDS; ++i) {
            TransferId id = _handler.idAt(i);
            _require(_same(_handler.batched().get(id), _handler.rebuilt(id)), "storage is not what the logs say");
        }
    }

    function invariant_SequenceHasNoGap() public view {
        _require(_handler.batched().sequence() == _handler.lastSequence(), "sequence is not that of the last log");
    }

    function invariant_BatchEqualsItsItems() public view {
        _require(_handler.batched().sequence() == _handler.single().sequence(), "another sequence one by one");
        _requireTwins(_handler.batched(), _handler.single());
    }

    function invariant_NoItemHarmsAnother() public view {
        _requireTwins(_handler.batched(), _handler.applied());
    }

    function test_Catches_AFinalStateLeft() public {
        _complete();
        _plantPhase(_handler.batched(), 5);
        _mustFail(this.invariant_FinalStatesStay);
    }

    function test_Catches_AWriteWithoutALog() public {
        _complete();
        _plantPhase(_handler.batched(), 6);
        _mustFail(this.invariant_StorageIsWhatTheLogsSay);
    }

    function test_Catches_ASkippedNumber() public {
        _complete();
        bytes32 word = VM.load(address(_handler.batched()), 0);
        VM.store(address(_handler.batched()), 0, bytes32(uint256(word) + (1 << SEQUENCE_SHIFT)));
        _mustFail(this.invariant_SequenceHasNoGap);
        _handler.start(0, 1, 0, 1, 0);
        _mustFail(this.invariant_LogsShowNothingForbidden);
    }

    function test_Catches_ALegMovedByAnotherBank() public {
        _handler.start(0, 0, 0x10, 1, 0);
        // The contract is made to believe that the third bank is the payer's.
        _plantPayer(_handler.batched());
        _plantPayer(_handler.single());
        _plantPayer(_handler.applied());
        for (uint256 seed = 0; seed < 256; ++seed) _handler.advance(2, seed, 5);
        _mustFail(this.invariant_LogsShowNothingForbidden);
    }

    function test_Catches_ABatchUnlikeItsItems() public {
        _complete();
        _plantPhase(_handler.single(), 2);
        _mustFail(this.invariant_BatchEqualsItsItems);
    }

    function test_Catches_AnItemThatHarmedAnother() public {
        _complete();
        _plantPhase(_handler.applied(), 2);
        _mustFail(this.invariant_NoItemHarmsAnother);
    }

    function _complete() private {
        _handler.start(0, 0, 0x10, 1, 0);
        for (uint256 seed = 0; seed < 256 && _handler.finalPhase(_handler.idAt(0)) == 0; ++seed) {
            _handler.advance(seed % 2, seed, 5);
        }
        _require(_handler.finalPhase(_handler.idAt(0)) != 0, "the transfer did not become final");
        invariant_FinalStatesStay();
        invariant_StorageIsWhatTheLogsSay();
        invariant_SequenceHasNoGap();
        invariant_BatchEqualsItsItems();
        invariant_NoItemHarmsAnother();
        invariant_LogsShowNothingForbidden();
    }

    function _plantPhase(TransferStateRepo repo, uint8 phase) private {
        bytes32 slot = keccak256(abi.encode(_handler.idAt(0), TRANSFERS_SLOT));
        VM.store(address(repo), slot, bytes32((uint256(VM.load(address(repo), slot)) & ~uint256(0xff)) | phase));
    }

    function _plantPayer(TransferStateRepo repo) private {
        bytes32 slot = keccak256(abi.encode(_handler.idAt(0), TRANSFERS_SLOT));
        uint256 cleared = uint256(VM.load(address(repo), slot)) & ~(uint256(type(uint64).max) << 8);
        VM.store(address(repo), slot, bytes32(cleared | (uint256(uint64(bytes8("THRDTHB1"))) << 8)));
    }

    function _requireTwins(TransferStateRepo a, TransferStateRepo b) private view {
        for (uint256 i = 0; i < IDS; ++i) {
            TransferId id = _handler.idAt(i);
            _require(_same(a.get(id), b.get(id)), "another state");
            _require(keccak256(abi.encode(a.resolutionOf(id))) == keccak256(abi.encode(b.resolutionOf(id))), "another proposal");
            _require(keccak256(abi.encode(a.outcomeOf(id))) == keccak256(abi.encode(b.outcomeOf(id))), "another outcome");
        }
    }

    function _mustFail(function() external view check) private view {
        try check() {
            revert Failed("the planted bug was not caught");
        } catch {}
    }
}
