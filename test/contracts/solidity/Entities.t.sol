// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BankId, Banks} from "../../../contracts/entities/Bank.sol";
import {OrganisationId, Organisations} from "../../../contracts/entities/Organisation.sol";
import {State, TransferState, TransferStates, TransferWord} from "../../../contracts/entities/TransferState.sol";
import {TransitionProof} from "./TransitionProof.sol";
import {World} from "./World.sol";

/// @title The rules without storage, for every input.
contract Entities is World {
    using TransferStates for TransferWord;

    function testFuzz_AWordKeepsEveryFieldOfATransfer(
        uint8 phase,
        BankId payerBank,
        BankId payeeBank,
        uint16 currency,
        uint56 amount,
        uint40 deadline
    ) public pure {
        TransferWord word = TransferStates.started(payerBank, payeeBank, currency, amount, deadline);
        TransferState memory expected = TransferState(1, payerBank, payeeBank, currency, amount, 0, deadline);
        _require(_same(word.unpack(), expected), "started");
        expected.phase = phase;
        _require(_same(word.withPhase(phase).unpack(), expected), "another phase");
        _require(word.withPhase(phase).phaseOf() == phase, "the phase");
        _require(word.bankOf(1) == payerBank && word.bankOf(2) == payeeBank, "the banks");
        _require(word.deadlineOf() == deadline, "the deadline");
    }

    function testFuzz_AWordCountsItsResumptions(uint40 deadline, uint8 times) public pure {
        TransferWord word = TransferStates.started(_bank(0), _bank(1), 764, 1e15, deadline);
        TransferState memory expected = word.unpack();
        for (uint256 i = 0; i < times; ++i) word = word.withPhase(TransferStates.suspendedPhase(2)).resumed(2);
        expected.phase = times == 0 ? 1 : 2;
        expected.resumptions = times;
        _require(word.resumptionsOf() == times && _same(word.unpack(), expected), "the resumptions");
    }

    function testFuzz_AnOrganisationIsNamedByLowerCaseLettersDigitsAndHyphens(bytes31 id, uint64 mask, uint8 length) public pure {
        // A name of some length, but where the mask lets the random byte stand.
        bytes memory name = "a0-zpayments-of-the-network-abc";
        bool expected = true;
        bool ended = false;
        for (uint256 i = 0; i < 31; ++i) {
            if (i >= length % 34) name[i] = 0;
            if ((mask >> i) & 7 == 0) name[i] = id[i];
            uint8 c = uint8(name[i]);
            bool allowed = (c > 96 && c < 123) || (c > 47 && c < 58) || (c == 45 && i > 0);
            if (c == 0 && i > 0) ended = true;
            else expected = expected && allowed && !ended;
        }
        _require(Organisations.isWellFormed(OrganisationId.wrap(bytes31(name))) == expected, "the name");
    }

    function test_TheTableIsTheListOfTransitionsInAll64Pairs() public {
        TransitionProof proof = new TransitionProof();
        for (uint8 from = 0; from < 8; ++from) {
            for (uint8 to = 0; to < 8; ++to) {
                _require(TransferStates.mover(from, to) == _legOf(State(from), State(to)), "the table");
                _require(TransferStates.mover(from, to) == proof.legOf(from, to), "the table that is proved");
            }
            _require(TransferStates.isOpen(from) == (_legOf(State(from), State.SUSPENDED) != 0), "an open state");
        }
    }

    function testFuzz_WhatIsAllowedIsTheTablesRow(uint8 origin, bool suspended) public pure {
        origin = origin % 8;
        uint256 phase = suspended ? TransferStates.suspendedPhase(origin) : origin;
        if (!suspended && origin == 7) return;
        uint8 expected;
        for (uint8 to = 0; to < 8; ++to) {
            uint256 leg = suspended && to == 7 ? 0 : _legOf(State(origin), State(to));
            if (leg != 0) expected |= uint8(1 << to);
            _require(TransferStates.legOf(phase, to) == leg, "the leg");
        }
        _require(TransferStates.allowed(phase) == expected, "the allowed states");
    }

    function testFuzz_AReasonIsFourUpperCaseLettersOrDigits(bytes4 reason, uint32 seed) public pure {
        // Half of the inputs are near to a reason.
        if (seed % 2 == 0) reason = bytes4(uint32(reason) & 0x1f1f1f1f | 0x40404040);
        bool expected = true;
        for (uint256 i = 0; i < 4; ++i) {
            uint8 c = uint8(reason[i]);
            expected = expected && ((c > 47 && c < 58) || (c > 64 && c < 91));
        }
        _require(TransferStates.isReason(reason) == expected, "the reason");
    }

    function testFuzz_AnAmountIsOneToTenToTheFifteen(uint64 amount) public pure {
        _require(TransferStates.isAmount(amount) == (amount > 0 && amount <= 10 ** 15), "the amount");
        uint64 near = amount % 4 + 10 ** 15 - 2;
        _require(TransferStates.isAmount(near) == (near <= 10 ** 15), "near the largest amount");
    }

    function testFuzz_ACurrencyIsOneToNineHundredNinetyNine(uint16 currency) public pure {
        _require(TransferStates.isCurrency(currency) == (currency > 0 && currency <= 999), "the currency");
    }

    function testFuzz_ADeadlineIsAheadByThirtyDaysAtMost(uint40 deadline, uint32 ahead) public view {
        uint40 near = uint40(block.timestamp + ahead % 31 days);
        _require(TransferStates.isTimely(near) == _isTimely(near), "a near deadline");
        _require(TransferStates.isTimely(deadline) == _isTimely(deadline), "any deadline");
    }

    function testFuzz_ABankIsNamedByABic8(bytes8 id, uint64 mask) public pure {
        // Letters everywhere, but where the mask lets the random byte stand.
        bytes memory bic = "FAASTHB1";
        for (uint256 i = 0; i < 8; ++i) if ((mask >> i) & 7 == 0) bic[i] = id[i];
        bool expected = true;
        for (uint256 i = 0; i < 8; ++i) {
            uint8 c = uint8(bic[i]);
            expected = expected && ((c > 64 && c < 91) || ((i < 4 || i > 5) && c > 47 && c < 58));
        }
        _require(Banks.isWellFormed(BankId.wrap(bytes8(bic))) == expected, "the BIC8");
    }

    function _isTimely(uint256 deadline) private view returns (bool) {
        return deadline > block.timestamp && deadline <= block.timestamp + 30 days;
    }
}
