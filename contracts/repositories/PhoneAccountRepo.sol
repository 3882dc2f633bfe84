// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {BankId, Banks, Operator} from "../entities/Bank.sol";
import {AliasId, Claim, Holder, PhoneAccount, PhoneAccounts} from "../entities/PhoneAccount.sol";
import {IBankRepo} from "../interfaces/IBankRepo.sol";
import {IPhoneAccountRepo} from "../interfaces/IPhoneAccountRepo.sol";

/// @title Which account at which bank a phone number stands for.
contract PhoneAccountRepo is IPhoneAccountRepo, AccessManaged {
    using PhoneAccounts for Claim;

    /// @dev An entry takes about 130 000 gas: 120 stay under the 16.7 M cap of one transaction (EIP-7825).
    uint256 private constant MAX_BATCH_ITEMS = 120;

    IBankRepo private immutable _BANK_REPO;

    mapping(AliasId aliasId => PhoneAccount) private _accounts;
    mapping(AliasId aliasId => Claim) private _claims;

    constructor(address authority, IBankRepo bankRepo) AccessManaged(authority) {
        _BANK_REPO = bankRepo;
    }

    // ------------------------------------------------------------------ a bank's own numbers

    /// @inheritdoc IPhoneAccountRepo
    function register(AliasId aliasId, bytes calldata sealedAccount) external {
        // Check:
        BankId bank = _callerBank();
        RegistrationRefusal cause = _registrationRefusal(aliasId, sealedAccount);
        if (cause == RegistrationRefusal.ALIAS_ZERO) revert PhoneAccountAliasZero();
        if (cause == RegistrationRefusal.HELD) revert PhoneAccountHeld(aliasId, _accounts[aliasId].bank);
        if (cause != RegistrationRefusal.NONE) revert PhoneAccountSealedAccountInvalid(sealedAccount.length);
        // Effect:
        _register(aliasId, bank, sealedAccount);
    }

    /// @inheritdoc IPhoneAccountRepo
    function registerBatch(Registration[] calldata registrations) external {
        // Check:
        BankId bank = _callerBank();
        uint256 items = registrations.length;
        if (items == 0 || items > MAX_BATCH_ITEMS) revert PhoneAccountBatchSizeInvalid(items);
        for (uint256 i = 0; i < items; ++i) {
            Registration calldata item = registrations[i];
            RegistrationRefusal cause = _registrationRefusal(item.aliasId, item.sealedAccount);
            // Effect:
            if (cause == RegistrationRefusal.NONE) _register(item.aliasId, bank, item.sealedAccount);
            else emit PhoneAccountRegistrationRefused(item.aliasId, bank, cause);
        }
    }

    /// @inheritdoc IPhoneAccountRepo
    function update(AliasId aliasId, bytes calldata sealedAccount) external {
        // Check:
        BankId bank = _requireHolder(aliasId);
        _requireSealedAccount(sealedAccount);
        // Effect:
        uint32 version = _set(aliasId, bank, sealedAccount);
        emit PhoneAccountUpdated(aliasId, bank, version, sealedAccount);
    }

    /// @inheritdoc IPhoneAccountRepo
    function release(AliasId aliasId) external {
        // Check:
        BankId bank = _requireHolder(aliasId);
        // Effect:
        if (_claims[aliasId].isOpen(block.timestamp)) _endClaim(aliasId);
        uint32 version = _set(aliasId, Banks.NO_BANK, "");
        emit PhoneAccountReleased(aliasId, bank, version);
    }

    // ------------------------------------------------------------------ another bank's number

    /// @inheritdoc IPhoneAccountRepo
    function openClaim(AliasId aliasId, bytes calldata sealedAccount) external {
        // Check:
        BankId bank = _callerBank();
        _requireSealedAccount(sealedAccount);
        BankId holder = _accounts[aliasId].bank;
        if (holder == Banks.NO_BANK || holder == bank) revert ClaimPointless(aliasId, holder);
        Claim storage claim = _claims[aliasId];
        if (block.timestamp < claim.claimableFrom) revert ClaimTooEarly(aliasId, claim.claimableFrom);
        // Effect: the cast is safe for 34 000 years.
        uint40 lapsesAt = uint40(block.timestamp) + PhoneAccounts.CLAIM_PERIOD_SECONDS;
        claim.bank = bank;
        claim.lapsesAt = lapsesAt;
        claim.claimableFrom = lapsesAt + PhoneAccounts.CLAIM_COOLDOWN_SECONDS;
        claim.sealedAccount = sealedAccount;
        emit ClaimOpened(aliasId, bank, holder, lapsesAt);
    }

    /// @inheritdoc IPhoneAccountRepo
    function confirmClaim(AliasId aliasId) external {
        // Check:
        _requireHolder(aliasId);
        _requireOpenClaim(aliasId);
        // Effect:
        _grantClaim(aliasId);
    }

    /// @inheritdoc IPhoneAccountRepo
    function withdrawClaim(AliasId aliasId) external {
        // Check:
        _requireOpenClaim(aliasId);
        BankId claimant = _claims[aliasId].bank;
        if (claimant != _callerBank()) revert ClaimNotClaimant(aliasId, claimant);
        // Effect:
        _endClaim(aliasId);
    }

    /// @inheritdoc IPhoneAccountRepo
    function decideClaim(AliasId aliasId, bool granted) external restricted {
        // Check:
        _requireOpenClaim(aliasId);
        // Effect:
        if (granted) _grantClaim(aliasId);
        else _endClaim(aliasId);
    }

    // ------------------------------------------------------------------ reading

    /// @inheritdoc IPhoneAccountRepo
    function get(AliasId aliasId) external view returns (PhoneAccount memory) {
        return _accounts[aliasId];
    }

    /// @inheritdoc IPhoneAccountRepo
    function getMany(AliasId[] calldata aliasIds) external view returns (PhoneAccount[] memory accounts) {
        accounts = new PhoneAccount[](aliasIds.length);
        for (uint256 i = 0; i < aliasIds.length; ++i) {
            accounts[i] = _accounts[aliasIds[i]];
        }
    }

    /// @inheritdoc IPhoneAccountRepo
    function holdersOf(AliasId[] calldata aliasIds) external view returns (Holder[] memory holders) {
        holders = new Holder[](aliasIds.length);
        for (uint256 i = 0; i < aliasIds.length; ++i) {
            PhoneAccount storage account = _accounts[aliasIds[i]];
            holders[i] = Holder({bank: account.bank, version: account.version});
        }
    }

    /// @inheritdoc IPhoneAccountRepo
    function claimOf(AliasId aliasId) external view returns (Claim memory claim) {
        if (_claims[aliasId].isOpen(block.timestamp)) return _claims[aliasId];
        claim.claimableFrom = _claims[aliasId].claimableFrom;
    }

    // ------------------------------------------------------------------ helpers

    function _register(AliasId aliasId, BankId bank, bytes calldata sealedAccount) private {
        uint32 version = _set(aliasId, bank, sealedAccount);
        emit PhoneAccountRegistered(aliasId, bank, version, sealedAccount);
    }

    function _set(AliasId aliasId, BankId bank, bytes memory sealedAccount) private returns (uint32 version) {
        version = _accounts[aliasId].version + 1;
        _accounts[aliasId] = PhoneAccount({bank: bank, version: version, sealedAccount: sealedAccount});
    }

    function _grantClaim(AliasId aliasId) private {
        // Check: a number must not move to a bank that can no longer receive.
        BankId claimant = _claims[aliasId].bank;
        if (!_BANK_REPO.get(claimant).active) revert ClaimantInactive(aliasId, claimant);
        // Effect:
        BankId holder = _accounts[aliasId].bank;
        bytes memory sealedAccount = _claims[aliasId].sealedAccount;
        uint32 version = _set(aliasId, claimant, sealedAccount);
        _closeClaim(aliasId);
        emit ClaimGranted(aliasId, claimant, holder, version, sealedAccount, msg.sender);
    }

    function _endClaim(AliasId aliasId) private {
        BankId claimant = _claims[aliasId].bank;
        _closeClaim(aliasId);
        emit ClaimEnded(aliasId, claimant, msg.sender);
    }

    function _closeClaim(AliasId aliasId) private {
        delete _claims[aliasId];
        // The cast is safe for 34 000 years.
        _claims[aliasId].claimableFrom = uint40(block.timestamp) + PhoneAccounts.CLAIM_COOLDOWN_SECONDS;
    }

    function _registrationRefusal(AliasId aliasId, bytes calldata sealedAccount) private view returns (RegistrationRefusal) {
        if (AliasId.unwrap(aliasId) == 0) return RegistrationRefusal.ALIAS_ZERO;
        if (!PhoneAccounts.isSealedAccount(sealedAccount)) return RegistrationRefusal.SEALED_ACCOUNT_INVALID;
        return _accounts[aliasId].bank == Banks.NO_BANK ? RegistrationRefusal.NONE : RegistrationRefusal.HELD;
    }

    function _requireSealedAccount(bytes calldata sealedAccount) private pure {
        if (!PhoneAccounts.isSealedAccount(sealedAccount)) revert PhoneAccountSealedAccountInvalid(sealedAccount.length);
    }

    function _requireOpenClaim(AliasId aliasId) private view {
        if (!_claims[aliasId].isOpen(block.timestamp)) revert ClaimNotOpen(aliasId);
    }

    function _requireHolder(AliasId aliasId) private view returns (BankId bank) {
        bank = _callerBank();
        BankId holder = _accounts[aliasId].bank;
        if (holder != bank) revert PhoneAccountNotHolder(aliasId, holder);
    }

    /// @dev The active bank whose accounts operator is calling.
    function _callerBank() private view returns (BankId) {
        Operator memory operator = _BANK_REPO.operatorOf(msg.sender);
        bool authorized = operator.kinds & Banks.ACCOUNTS != 0 && _BANK_REPO.get(operator.bank).active;
        if (!authorized) revert PhoneAccountUnauthorizedOperator(msg.sender);
        return operator.bank;
    }
}
