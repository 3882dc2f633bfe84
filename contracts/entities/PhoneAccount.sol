// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BankId} from "./Bank.sol";

/// @notice A phone number under a key: HMAC-SHA-256 of `tel:` and the E.164 number (RFC 3966), by the look-up service's
/// alias key. The number itself never reaches the chain.
type AliasId is bytes32;

/// @notice Which account at which bank a phone number stands for.
/// @param bank The holder; zero while nobody holds the number.
/// @param version Counts every change of the entry, from 1, and is never set back, not even by a release.
/// @param sealedAccount The account, sealed to the bank's key (RFC 9180); no other party can read it.
struct PhoneAccount {
    BankId bank;
    uint32 version;
    bytes sealedAccount;
}

/// @notice A phone account without the account: what a transfer's start must know of it, in one storage slot.
struct Holder {
    BankId bank;
    uint32 version;
}

/// @notice A bank's wish to take a number over from the bank that holds it.
/// @param bank The claiming bank; zero while there is no claim.
/// @param lapsesAt When the claim lapses if nobody decides, in seconds of block time.
/// @param claimableFrom Before this time no new claim for the number can be opened, in seconds of block time.
/// @param sealedAccount The account at the claiming bank, sealed to its key.
struct Claim {
    BankId bank;
    uint40 lapsesAt;
    uint40 claimableFrom;
    bytes sealedAccount;
}

/// @title The rules of a phone account that need no storage.
library PhoneAccounts {
    /// @notice A sealed account is at most 88 bytes; the cap keeps an entry's storage small.
    uint256 internal constant MAX_SEALED_ACCOUNT_BYTES = 256;
    /// @notice How long the holder has to confirm a claim before it lapses.
    uint40 internal constant CLAIM_PERIOD_SECONDS = 7 days;
    /// @notice How long after a claim has ended no other can be opened for the same number.
    uint40 internal constant CLAIM_COOLDOWN_SECONDS = 1 days;

    /// @notice Whether a sealed account has an acceptable length.
    function isSealedAccount(bytes calldata sealedAccount) internal pure returns (bool) {
        return sealedAccount.length != 0 && sealedAccount.length <= MAX_SEALED_ACCOUNT_BYTES;
    }

    /// @notice Whether a claim is open at `timeSeconds`.
    function isOpen(Claim storage claim, uint256 timeSeconds) internal view returns (bool) {
        return BankId.unwrap(claim.bank) != 0 && timeSeconds <= claim.lapsesAt;
    }
}
