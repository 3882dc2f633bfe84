// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {BankId} from "../../../contracts/entities/Bank.sol";
import {OrganisationId} from "../../../contracts/entities/Organisation.sol";
import {State, TransferId, TransferState, TransferStates} from "../../../contracts/entities/TransferState.sol";
import {ITransferStateRepo} from "../../../contracts/interfaces/ITransferStateRepo.sol";
import {BankRepo} from "../../../contracts/repositories/BankRepo.sol";
import {TransferStateRepo} from "../../../contracts/repositories/TransferStateRepo.sol";
import {VM} from "./Vm.sol";

/// @title Three banks, their operators and people, two organisations with an initiator each, and three arbiters; ids from a small set.
/// @dev A random 32-byte id would never come again, and a test with such ids would see no transfer move twice.
abstract contract World {
    bytes32 internal constant DOMAIN = keccak256("domain");
    uint256 internal constant IDS = 8;
    uint256 internal constant BANKS = 3;
    uint256 internal constant ACTORS = 6;
    uint256 internal constant PEOPLE = 6;
    uint256 internal constant ORGANISATIONS = 2;
    uint64 internal constant ARBITER = 2;
    uint64 internal constant PUBLIC = type(uint64).max;
    uint256 internal constant BEGIN_SECONDS = 1_800_000_000;

    AccessManager internal manager;
    BankRepo internal banks;

    error Failed(string what);

    function _buildBanks() internal {
        VM.warp(BEGIN_SECONDS);
        manager = new AccessManager(address(this));
        banks = new BankRepo(address(manager));
        for (uint256 i = 0; i < 3; ++i) manager.grantRole(ARBITER, _arbiter(i), 0);
        for (uint256 i = 0; i < ORGANISATIONS; ++i) {
            banks.addOrganisation(_organisation(i), address(this));
            banks.addInitiator(_organisation(i), _initiator(i));
        }
        for (uint256 i = 0; i < BANKS; ++i) {
            banks.addBank(_bank(i), address(this), keccak256(abi.encode("key", i)));
            banks.addOperator(_bank(i), _actor(i), 2);
            banks.addOperator(_bank(i), _actor(i + BANKS), 1);
            banks.addOperator(_bank(i), _person(i), 4);
            banks.addOperator(_bank(i), _person(i + BANKS), 4);
            for (uint256 j = 0; j < ORGANISATIONS; ++j) banks.admitOrganisation(_bank(i), _organisation(j));
        }
    }

    function _buildRepo() internal returns (TransferStateRepo repo) {
        repo = new TransferStateRepo(address(manager), banks, DOMAIN, ITransferStateRepo(address(0)));
        bytes4[] memory starts = new bytes4[](2);
        starts[0] = repo.start.selector;
        starts[1] = repo.startBatch.selector;
        manager.setTargetFunctionRole(address(repo), starts, PUBLIC);
        bytes4[] memory resolutions = new bytes4[](4);
        resolutions[0] = repo.suspendOverdue.selector;
        resolutions[1] = repo.proposeResolution.selector;
        resolutions[2] = repo.confirmResolution.selector;
        resolutions[3] = repo.withdrawResolution.selector;
        manager.setTargetFunctionRole(address(repo), resolutions, ARBITER);
    }

    /// @dev The ids of one organisation stand between those of the other: both make them of the same requests.
    function _id(uint256 seed) internal pure returns (TransferId) {
        uint256 index = seed % IDS;
        return TransferStates.idOf(DOMAIN, _organisation(index), _request(index / ORGANISATIONS));
    }

    function _request(uint256 seed) internal pure returns (bytes32) {
        return keccak256(abi.encode("request", seed % (IDS / ORGANISATIONS)));
    }

    function _organisation(uint256 index) internal pure returns (OrganisationId) {
        return OrganisationId.wrap(index % ORGANISATIONS == 0 ? bytes31("shop") : bytes31("wallet-2"));
    }

    function _initiator(uint256 index) internal pure returns (address) {
        return address(uint160(0x1111 + (index % ORGANISATIONS)));
    }

    /// @dev Two people of each bank, who report outcomes.
    function _person(uint256 index) internal pure returns (address) {
        return address(uint160(0x9e0b + (index % PEOPLE)));
    }

    function _bank(uint256 index) internal pure returns (BankId) {
        bytes8[BANKS] memory bics = [bytes8("FAASTHB1"), bytes8("WHSKTHB1"), bytes8("THRDTHB1")];
        return BankId.wrap(bics[index % BANKS]);
    }

    /// @dev The first three are the legs operators of the three banks, the other three their accounts operators.
    function _actor(uint256 index) internal pure returns (address) {
        return address(uint160(0xac70 + (index % ACTORS)));
    }

    function _arbiter(uint256 index) internal pure returns (address) {
        return address(uint160(0xa4b0 + (index % 3)));
    }

    function _same(TransferState memory a, TransferState memory b) internal pure returns (bool) {
        return keccak256(abi.encode(a)) == keccak256(abi.encode(b));
    }

    function _require(bool holds, string memory what) internal pure {
        if (!holds) revert Failed(what);
    }

    /// @dev The table once more, written as a list, so that an error in the contract's is not repeated here. 0 nobody, 1 the
    /// payer's bank, 2 the payee's.
    function _legOf(State from, State to) internal pure returns (uint256) {
        bytes3[8] memory rows = [bytes3("SPp"), "SRp", "SSp", "PCe", "PVe", "PSe", "VDp", "VSp"];
        bytes memory letters = "NSPCRVDS";
        for (uint256 i = 0; i < rows.length; ++i) {
            bool fromFits = rows[i][0] == letters[uint256(from)] && from != State.SUSPENDED;
            bool toFits = rows[i][1] == letters[uint256(to)] && to != State.STARTED;
            if (fromFits && toFits) return rows[i][2] == "p" ? 1 : 2;
        }
        return 0;
    }
}
