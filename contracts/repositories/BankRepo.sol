// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Bank, BankId, Banks, Operator} from "../entities/Bank.sol";
import {IBankRepo} from "../interfaces/IBankRepo.sol";

/// @title The member banks, who acts for them, and whom they let start transfers.
contract BankRepo is IBankRepo, AccessManaged {
    mapping(BankId bank => Bank) private _banks;
    mapping(BankId bank => mapping(uint32 version => bytes32)) private _sealingKeys;
    mapping(address operator => Operator) private _operators;
    mapping(BankId bank => mapping(address initiator => bool)) private _initiators;

    constructor(address authority) AccessManaged(authority) {}

    // ------------------------------------------------------------------ membership: the network's

    /// @inheritdoc IBankRepo
    function addBank(BankId bank, address admin, bytes32 firstKey) external restricted {
        // Check:
        if (!Banks.isWellFormed(bank)) revert BankIdMalformed(bank);
        if (_banks[bank].admin != address(0)) revert BankExists(bank);
        _requireAddress(admin);
        // Effect:
        _banks[bank] = Bank({admin: admin, sealingKeyVersion: 0, active: true});
        emit BankAdded(bank, admin);
        _rotateSealingKey(bank, firstKey);
    }

    /// @inheritdoc IBankRepo
    function deactivateBank(BankId bank) external restricted {
        // Check:
        _requireActive(bank);
        // Effect:
        _banks[bank].active = false;
        emit BankDeactivated(bank);
    }

    // ------------------------------------------------------------------ inside a bank: its admin's

    /// @inheritdoc IBankRepo
    function changeAdmin(BankId bank, address admin) external {
        // Check:
        _requireAdminOrNetwork(bank);
        _requireActive(bank);
        _requireAddress(admin);
        // Effect:
        _banks[bank].admin = admin;
        emit BankAdminChanged(bank, admin);
    }

    /// @inheritdoc IBankRepo
    function rotateSealingKey(BankId bank, bytes32 newKey) external {
        // Check:
        _requireAdmin(bank);
        // Effect:
        _rotateSealingKey(bank, newKey);
    }

    /// @inheritdoc IBankRepo
    function addOperator(BankId bank, address operator, uint8 kinds) external {
        // Check:
        _requireAdmin(bank);
        _requireAddress(operator);
        if (!Banks.areKinds(kinds)) revert BankOperatorKindsInvalid(kinds);
        BankId taken = _operators[operator].bank;
        if (taken != Banks.NO_BANK && taken != bank) revert BankOperatorTaken(operator, taken);
        // Effect:
        _operators[operator] = Operator({bank: bank, kinds: kinds});
        emit BankOperatorAdded(bank, operator, kinds);
    }

    /// @inheritdoc IBankRepo
    function removeOperator(BankId bank, address operator) external {
        // Check: a deactivated bank's operators can be removed too.
        _requireAdminOrNetwork(bank);
        if (bank == Banks.NO_BANK || _operators[operator].bank != bank) revert BankOperatorUnknown(bank, operator);
        // Effect:
        delete _operators[operator];
        emit BankOperatorRemoved(bank, operator);
    }

    /// @inheritdoc IBankRepo
    function admitInitiator(BankId bank, address initiator) external {
        // Check:
        _requireAdmin(bank);
        _requireAddress(initiator);
        if (_initiators[bank][initiator]) revert BankInitiatorExists(bank, initiator);
        // Effect:
        _initiators[bank][initiator] = true;
        emit BankInitiatorAdmitted(bank, initiator);
    }

    /// @inheritdoc IBankRepo
    function dismissInitiator(BankId bank, address initiator) external {
        // Check:
        _requireAdmin(bank);
        if (!_initiators[bank][initiator]) revert BankInitiatorUnknown(bank, initiator);
        // Effect:
        delete _initiators[bank][initiator];
        emit BankInitiatorDismissed(bank, initiator);
    }

    // ------------------------------------------------------------------ reading

    /// @inheritdoc IBankRepo
    function get(BankId bank) external view returns (Bank memory) {
        return _banks[bank];
    }

    /// @inheritdoc IBankRepo
    function sealingKey(BankId bank, uint32 version) external view returns (bytes32) {
        return _sealingKeys[bank][version];
    }

    /// @inheritdoc IBankRepo
    function operatorOf(address operator) external view returns (Operator memory) {
        return _operators[operator];
    }

    /// @inheritdoc IBankRepo
    function isAdmitted(BankId bank, address initiator) external view returns (bool) {
        return _initiators[bank][initiator];
    }

    /// @inheritdoc IBankRepo
    function checkStart(BankId payerBank, BankId payeeBank, address initiator) external view returns (StartCheck) {
        if (!_banks[payerBank].active) return StartCheck.PAYER_BANK_INACTIVE;
        if (!_banks[payeeBank].active) return StartCheck.PAYEE_BANK_INACTIVE;
        return _initiators[payerBank][initiator] ? StartCheck.OK : StartCheck.INITIATOR_NOT_ADMITTED;
    }

    // ------------------------------------------------------------------ helpers

    function _rotateSealingKey(BankId bank, bytes32 newKey) private {
        // Check:
        uint32 newest = _banks[bank].sealingKeyVersion;
        if (newKey == 0 || newKey == _sealingKeys[bank][newest]) revert BankSealingKeyInvalid(newKey);
        // Effect:
        uint32 version = newest + 1;
        _banks[bank].sealingKeyVersion = version;
        _sealingKeys[bank][version] = newKey;
        emit BankSealingKeyRotated(bank, version, newKey);
    }

    function _requireActive(BankId bank) private view {
        if (!_banks[bank].active) revert BankInactive(bank);
    }

    function _requireAdmin(BankId bank) private view {
        _requireActive(bank);
        if (_banks[bank].admin != msg.sender) revert BankUnauthorizedAdmin(bank, msg.sender);
    }

    /// @dev Anyone but the bank's admin must pass the access manager, as for a `restricted` function.
    function _requireAdminOrNetwork(BankId bank) private {
        if (_banks[bank].admin != msg.sender) _checkCanCall(msg.sender, msg.data);
    }

    function _requireAddress(address account) private pure {
        if (account == address(0)) revert BankZeroAddress();
    }
}
