// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BankId} from "../entities/Bank.sol";
import {AliasId, Claim, Holder, PhoneAccount} from "../entities/PhoneAccount.sol";

/// @title Which account at which bank a phone number stands for.
/// @notice A bank's accounts operator registers, updates and releases the bank's own numbers. A number that another bank holds
/// moves by a claim: opened by the new bank, confirmed by the holder, or decided by a registrar; silence lapses it.
interface IPhoneAccountRepo {
    /// @notice One entry to register.
    /// @param sealedAccount The account, sealed to the caller's bank; 1 to 256 bytes.
    struct Registration {
        AliasId aliasId;
        bytes sealedAccount;
    }

    /// @notice Why an item of a batch was not applied.
    enum RegistrationRefusal {
        /// Not used.
        NONE,
        /// The alias is zero.
        ALIAS_ZERO,
        /// The sealed account is empty or over 256 bytes.
        SEALED_ACCOUNT_INVALID,
        /// Another bank, or the same one, holds the number already.
        HELD
    }

    /// @notice A bank holds a number.
    event PhoneAccountRegistered(AliasId indexed aliasId, BankId indexed bank, uint32 version, bytes sealedAccount);
    /// @notice The holder has changed the account behind a number.
    event PhoneAccountUpdated(AliasId indexed aliasId, BankId indexed bank, uint32 version, bytes sealedAccount);
    /// @notice The holder has given a number up; nobody holds it now.
    event PhoneAccountReleased(AliasId indexed aliasId, BankId indexed bank, uint32 version);
    /// @notice An item of a batch was not applied; the others were.
    event PhoneAccountRegistrationRefused(AliasId indexed aliasId, BankId indexed bank, RegistrationRefusal cause);
    /// @notice A bank asks to take a number over.
    event ClaimOpened(AliasId indexed aliasId, BankId indexed bank, BankId indexed holder, uint40 lapsesAt);
    /// @notice The claim was granted: the number has moved. `by` is the holder's operator or a registrar.
    event ClaimGranted(
        AliasId indexed aliasId, BankId indexed bank, BankId indexed holder, uint32 version, bytes sealedAccount, address by
    );
    /// @notice The claim was refused by a registrar, withdrawn by the claiming bank, or ended by the holder releasing the number.
    event ClaimEnded(AliasId indexed aliasId, BankId indexed bank, address by);

    /// @notice The alias is zero.
    error PhoneAccountAliasZero();
    /// @notice The sealed account is empty or over 256 bytes.
    error PhoneAccountSealedAccountInvalid(uint256 lengthBytes);
    /// @notice The caller is not an accounts operator of an active bank.
    error PhoneAccountUnauthorizedOperator(address caller);
    /// @notice A bank holds the number already.
    error PhoneAccountHeld(AliasId aliasId, BankId bank);
    /// @notice The caller's bank does not hold the number; `bank` does, or nobody (zero).
    error PhoneAccountNotHolder(AliasId aliasId, BankId bank);
    /// @notice The batch is empty or over 120 items.
    error PhoneAccountBatchSizeInvalid(uint256 items);
    /// @notice There is no open claim for the number.
    error ClaimNotOpen(AliasId aliasId);
    /// @notice A claim is open, or one has ended lately: try again from `claimableFrom` on, in seconds of block time.
    error ClaimTooEarly(AliasId aliasId, uint40 claimableFrom);
    /// @notice Nobody, or the claiming bank itself, holds the number: register or update it instead.
    error ClaimPointless(AliasId aliasId, BankId holder);
    /// @notice The caller's bank did not open the claim.
    error ClaimNotClaimant(AliasId aliasId, BankId claimant);
    /// @notice The claiming bank has been deactivated since.
    error ClaimantInactive(AliasId aliasId, BankId claimant);

    /// @notice Registers a number nobody holds, for the caller's bank.
    function register(AliasId aliasId, bytes calldata sealedAccount) external;

    /// @notice Registers many; an item that cannot be applied emits `PhoneAccountRegistrationRefused`, the rest go on.
    function registerBatch(Registration[] calldata registrations) external;

    /// @notice Changes the account behind a number the caller's bank holds.
    function update(AliasId aliasId, bytes calldata sealedAccount) external;

    /// @notice Gives up a number the caller's bank holds; ends an open claim for it.
    function release(AliasId aliasId) external;

    /// @notice Asks for a number another bank holds.
    function openClaim(AliasId aliasId, bytes calldata sealedAccount) external;

    /// @notice Grants the open claim. For the holder.
    function confirmClaim(AliasId aliasId) external;

    /// @notice Ends the open claim. For the claiming bank.
    function withdrawClaim(AliasId aliasId) external;

    /// @notice Grants or refuses the open claim. For a registrar.
    function decideClaim(AliasId aliasId, bool granted) external;

    /// @notice The entry; bank zero where nobody holds the number.
    function get(AliasId aliasId) external view returns (PhoneAccount memory);

    /// @notice The entries, in the order asked.
    function getMany(AliasId[] calldata aliasIds) external view returns (PhoneAccount[] memory);

    /// @notice Who holds the numbers, in the order asked; bank zero where nobody does. Without the sealed
    /// accounts, which a start need not know.
    function holdersOf(AliasId[] calldata aliasIds) external view returns (Holder[] memory);

    /// @notice The open claim for a number; bank zero where there is none. `claimableFrom` is filled in any case.
    function claimOf(AliasId aliasId) external view returns (Claim memory);
}
