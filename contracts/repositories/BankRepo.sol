// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Bank, BankId, Banks, Operator} from "../entities/Bank.sol";
import {Initiator, Organisation, OrganisationId, Organisations} from "../entities/Organisation.sol";
import {IBankRepo} from "../interfaces/IBankRepo.sol";

/// @title The members: banks and who acts for them, organisations that start transfers, and which bank lets which of them.
contract BankRepo is IBankRepo, AccessManaged {
    mapping(BankId bank => Bank) private _banks;
    mapping(BankId bank => mapping(uint32 version => bytes32)) private _sealingKeys;
    mapping(address operator => Operator) private _operators;
    mapping(BankId bank => mapping(OrganisationId organisation => bool)) private _admitted;
    mapping(OrganisationId organisation => Organisation) private _organisations;
    mapping(address initiator => Initiator) private _initiators;

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
    function admitOrganisation(BankId bank, OrganisationId organisation) external {
        // Check:
        _requireAdmin(bank);
        _requireActiveOrganisation(organisation);
        if (_admitted[bank][organisation]) revert BankOrganisationExists(bank, organisation);
        // Effect:
        _admitted[bank][organisation] = true;
        emit BankOrganisationAdmitted(bank, organisation);
    }

    /// @inheritdoc IBankRepo
    function dismissOrganisation(BankId bank, OrganisationId organisation) external {
        // Check:
        _requireAdmin(bank);
        if (!_admitted[bank][organisation]) revert BankOrganisationUnknown(bank, organisation);
        // Effect:
        delete _admitted[bank][organisation];
        emit BankOrganisationDismissed(bank, organisation);
    }

    // ------------------------------------------------------------------ organisations: the network's

    /// @inheritdoc IBankRepo
    function addOrganisation(OrganisationId organisation, address admin) external restricted {
        // Check:
        if (!Organisations.isWellFormed(organisation)) revert OrganisationIdMalformed(organisation);
        if (_organisations[organisation].admin != address(0)) revert OrganisationExists(organisation);
        _requireAddress(admin);
        // Effect:
        _organisations[organisation] = Organisation({admin: admin, active: true});
        emit OrganisationAdded(organisation, admin);
    }

    /// @inheritdoc IBankRepo
    function deactivateOrganisation(OrganisationId organisation) external restricted {
        // Check:
        _requireActiveOrganisation(organisation);
        // Effect:
        _organisations[organisation].active = false;
        emit OrganisationDeactivated(organisation);
    }

    // ------------------------------------------------------------------ inside an organisation: its admin's

    /// @inheritdoc IBankRepo
    function changeOrganisationAdmin(OrganisationId organisation, address admin) external {
        // Check:
        _requireOrganisationAdminOrNetwork(organisation);
        _requireActiveOrganisation(organisation);
        _requireAddress(admin);
        // Effect:
        _organisations[organisation].admin = admin;
        emit OrganisationAdminChanged(organisation, admin);
    }

    /// @inheritdoc IBankRepo
    function addInitiator(OrganisationId organisation, address initiator) external {
        // Check:
        _requireOrganisationAdmin(organisation);
        _requireAddress(initiator);
        Initiator memory found = _initiators[initiator];
        if (found.organisation != Organisations.NO_ORGANISATION && found.organisation != organisation) {
            revert OrganisationInitiatorTaken(initiator, found.organisation);
        }
        if (found.active) revert OrganisationInitiatorExists(organisation, initiator);
        // Effect:
        _initiators[initiator] = Initiator({organisation: organisation, active: true});
        emit OrganisationInitiatorAdded(organisation, initiator);
    }

    /// @inheritdoc IBankRepo
    function removeInitiator(OrganisationId organisation, address initiator) external {
        // Check: a deactivated organisation's initiators can be removed too.
        _requireOrganisationAdminOrNetwork(organisation);
        Initiator storage found = _initiators[initiator];
        if (!found.active || found.organisation != organisation) revert OrganisationInitiatorUnknown(organisation, initiator);
        // Effect: the address stays the organisation's.
        found.active = false;
        emit OrganisationInitiatorRemoved(organisation, initiator);
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
    function getOrganisation(OrganisationId organisation) external view returns (Organisation memory) {
        return _organisations[organisation];
    }

    /// @inheritdoc IBankRepo
    function initiatorOf(address initiator) external view returns (Initiator memory) {
        return _initiators[initiator];
    }

    /// @inheritdoc IBankRepo
    function organisationOf(address initiator) external view returns (OrganisationId) {
        Initiator memory found = _initiators[initiator];
        bool starts = found.active && _organisations[found.organisation].active;
        return starts ? found.organisation : Organisations.NO_ORGANISATION;
    }

    /// @inheritdoc IBankRepo
    function isAdmitted(BankId bank, OrganisationId organisation) external view returns (bool) {
        return _admitted[bank][organisation];
    }

    /// @inheritdoc IBankRepo
    function checkStart(BankId payerBank, BankId payeeBank, OrganisationId organisation) external view returns (StartCheck) {
        if (!_banks[payerBank].active) return StartCheck.PAYER_BANK_INACTIVE;
        if (!_banks[payeeBank].active) return StartCheck.PAYEE_BANK_INACTIVE;
        return _admitted[payerBank][organisation] ? StartCheck.OK : StartCheck.ORGANISATION_NOT_ADMITTED;
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

    function _requireOrganisationAdmin(OrganisationId organisation) private view {
        _requireActiveOrganisation(organisation);
        if (_organisations[organisation].admin != msg.sender) revert OrganisationUnauthorizedAdmin(organisation, msg.sender);
    }

    /// @dev Anyone but the organisation's admin must pass the access manager, as for a `restricted` function.
    function _requireOrganisationAdminOrNetwork(OrganisationId organisation) private {
        if (_organisations[organisation].admin != msg.sender) _checkCanCall(msg.sender, msg.data);
    }

    function _requireActiveOrganisation(OrganisationId organisation) private view {
        if (!_organisations[organisation].active) revert OrganisationInactive(organisation);
    }

    function _requireAddress(address account) private pure {
        if (account == address(0)) revert BankZeroAddress();
    }
}
