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
    /// @param aliasId The number, as an alias.
    /// @param bank The holder.
    /// @param version The entry's new version.
    /// @param sealedAccount The account, sealed to the bank's key; 1 to 256 bytes.
    event PhoneAccountRegistered(AliasId indexed aliasId, BankId indexed bank, uint32 version, bytes sealedAccount);
    /// @notice The holder has changed the account behind a number.
    /// @param aliasId The number, as an alias.
    /// @param bank The holder.
    /// @param version The entry's new version.
    /// @param sealedAccount The account, sealed to the bank's key; 1 to 256 bytes.
    event PhoneAccountUpdated(AliasId indexed aliasId, BankId indexed bank, uint32 version, bytes sealedAccount);
    /// @notice The holder has given a number up; nobody holds it now.
    /// @param aliasId The number, as an alias.
    /// @param bank The holder until now.
    /// @param version The entry's new version.
    event PhoneAccountReleased(AliasId indexed aliasId, BankId indexed bank, uint32 version);
    /// @notice An item of a batch was not applied; the others were.
    /// @param aliasId The number, as an alias.
    /// @param bank The bank that asked.
    /// @param cause Why.
    event PhoneAccountRegistrationRefused(AliasId indexed aliasId, BankId indexed bank, RegistrationRefusal cause);
    /// @notice A bank asks to take a number over.
    /// @param aliasId The number, as an alias.
    /// @param bank The claiming bank.
    /// @param holder The bank that holds the number.
    /// @param lapsesAt When the claim lapses if nobody decides, in seconds of block time.
    event ClaimOpened(AliasId indexed aliasId, BankId indexed bank, BankId indexed holder, uint40 lapsesAt);
    /// @notice The claim was granted: the number has moved. `by` is the holder's operator or a registrar.
    /// @param aliasId The number, as an alias.
    /// @param bank The claiming bank, now the holder.
    /// @param holder The holder until now.
    /// @param version The entry's new version.
    /// @param sealedAccount The account at the new holder, sealed to its key.
    /// @param by The holder's operator, or a registrar.
    event ClaimGranted(
        AliasId indexed aliasId, BankId indexed bank, BankId indexed holder, uint32 version, bytes sealedAccount, address by
    );
    /// @notice The claim was refused by a registrar, withdrawn by the claiming bank, or ended by the holder releasing the number.
    /// @param aliasId The number, as an alias.
    /// @param bank The claiming bank.
    /// @param by Who ended it.
    event ClaimEnded(AliasId indexed aliasId, BankId indexed bank, address by);

    /// @notice The alias is zero.
    error PhoneAccountAliasZero();
    /// @notice The sealed account is empty or over 256 bytes.
    /// @param lengthBytes The length that was given.
    error PhoneAccountSealedAccountInvalid(uint256 lengthBytes);
    /// @notice The caller is not an accounts operator of an active bank.
    /// @param caller Who called.
    error PhoneAccountUnauthorizedOperator(address caller);
    /// @notice A bank holds the number already.
    /// @param aliasId The number, as an alias.
    /// @param bank The bank that holds it.
    error PhoneAccountHeld(AliasId aliasId, BankId bank);
    /// @notice The caller's bank does not hold the number; `bank` does, or nobody (zero).
    /// @param aliasId The number, as an alias.
    /// @param bank The bank that holds it; zero where nobody does.
    error PhoneAccountNotHolder(AliasId aliasId, BankId bank);
    /// @notice The batch is empty or over 120 items.
    /// @param items How many were given.
    error PhoneAccountBatchSizeInvalid(uint256 items);
    /// @notice There is no open claim for the number.
    /// @param aliasId The number, as an alias.
    error ClaimNotOpen(AliasId aliasId);
    /// @notice A claim is open, or one has ended lately: try again from `claimableFrom` on, in seconds of block time.
    /// @param aliasId The number, as an alias.
    /// @param claimableFrom From when on a claim can be opened, in seconds of block time.
    error ClaimTooEarly(AliasId aliasId, uint40 claimableFrom);
    /// @notice Nobody, or the claiming bank itself, holds the number: register or update it instead.
    /// @param aliasId The number, as an alias.
    /// @param holder The caller's bank; zero where nobody holds the number.
    error ClaimPointless(AliasId aliasId, BankId holder);
    /// @notice The caller's bank did not open the claim.
    /// @param aliasId The number, as an alias.
    /// @param claimant The bank that opened the claim.
    error ClaimNotClaimant(AliasId aliasId, BankId claimant);
    /// @notice The claiming bank has been deactivated since.
    /// @param aliasId The number, as an alias.
    /// @param claimant The bank that opened the claim.
    error ClaimantInactive(AliasId aliasId, BankId claimant);

    /// @notice Registers a number nobody holds, for the caller's bank.
    /// @param aliasId The number, as an alias.
    /// @param sealedAccount The account, sealed to the bank's key; 1 to 256 bytes.
    function register(AliasId aliasId, bytes calldata sealedAccount) external;

    /// @notice Registers many; an item that cannot be applied emits `PhoneAccountRegistrationRefused`, the rest go on.
    /// @param registrations The entries, 1 to 120.
    function registerBatch(Registration[] calldata registrations) external;

    /// @notice Changes the account behind a number the caller's bank holds.
    /// @param aliasId The number, as an alias.
    /// @param sealedAccount The account, sealed to the bank's key; 1 to 256 bytes.
    function update(AliasId aliasId, bytes calldata sealedAccount) external;

    /// @notice Gives up a number the caller's bank holds; ends an open claim for it.
    /// @param aliasId The number, as an alias.
    function release(AliasId aliasId) external;

    /// @notice Asks for a number another bank holds.
    /// @param aliasId The number, as an alias.
    /// @param sealedAccount The account at the claiming bank, sealed to its key; 1 to 256 bytes.
    function openClaim(AliasId aliasId, bytes calldata sealedAccount) external;

    /// @notice Grants the open claim. For the holder.
    /// @param aliasId The number, as an alias.
    function confirmClaim(AliasId aliasId) external;

    /// @notice Ends the open claim. For the claiming bank.
    /// @param aliasId The number, as an alias.
    function withdrawClaim(AliasId aliasId) external;

    /// @notice Grants or refuses the open claim. For a registrar.
    /// @param aliasId The number, as an alias.
    /// @param granted Whether the number moves to the claiming bank; if not, the claim ends.
    function decideClaim(AliasId aliasId, bool granted) external;

    /// @notice The entry; bank zero where nobody holds the number.
    /// @param aliasId The number, as an alias.
    /// @return The entry; bank zero where nobody holds the number.
    function get(AliasId aliasId) external view returns (PhoneAccount memory);

    /// @notice The entries, in the order asked.
    /// @param aliasIds The numbers, as aliases.
    /// @return The entries, in the order asked.
    function getMany(AliasId[] calldata aliasIds) external view returns (PhoneAccount[] memory);

    /// @notice Who holds the numbers, in the order asked; bank zero where nobody does. Without the sealed
    /// accounts, which a start need not know.
    /// @param aliasIds The numbers, as aliases.
    /// @return Holder and version of each, in the order asked; bank zero where nobody holds the number.
    function holdersOf(AliasId[] calldata aliasIds) external view returns (Holder[] memory);

    /// @notice The open claim for a number; bank zero where there is none. `claimableFrom` is filled in any case.
    /// @param aliasId The number, as an alias.
    /// @return The claim; bank zero where there is none.
    function claimOf(AliasId aliasId) external view returns (Claim memory);
}
