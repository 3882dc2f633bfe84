// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A bank's business identifier code (ISO 9362:2014): eight ASCII characters, `PPPPCCLL`.
type BankId is bytes8;

using {equals as ==, differs as !=} for BankId global;

/// @notice A member bank. Fits one storage slot.
/// @param admin Manages the bank's operators, admitted organisations and sealing key; zero for a bank that was never added.
/// @param sealingKeyVersion The newest sealing key's version, counted from 1.
/// @param active False once the bank was deactivated, for ever.
struct Bank {
    address admin;
    uint32 sealingKeyVersion;
    bool active;
}

/// @notice Who an operator's address acts for, and in what. An address operates for one bank only.
/// @param bank The bank; zero for an address that operates for nobody.
/// @param kinds A set of `Banks.ACCOUNTS`, `Banks.LEGS` and `Banks.OUTCOMES`.
struct Operator {
    BankId bank;
    uint8 kinds;
}

function equals(BankId a, BankId b) pure returns (bool) {
    return BankId.unwrap(a) == BankId.unwrap(b);
}

function differs(BankId a, BankId b) pure returns (bool) {
    return BankId.unwrap(a) != BankId.unwrap(b);
}

/// @title The rules of a bank that need no storage.
library Banks {
    /// @notice The operator may register, update and release the bank's phone accounts, and open and confirm claims.
    uint8 internal constant ACCOUNTS = 1;
    /// @notice The operator may report the outcome of the bank's legs.
    uint8 internal constant LEGS = 2;
    /// @notice The operator is a person who proposes, confirms or withdraws the outcome of the bank's leg of a suspended transfer.
    uint8 internal constant OUTCOMES = 4;
    /// @notice Every kind there is.
    uint8 internal constant ALL_KINDS = ACCOUNTS | LEGS | OUTCOMES;

    BankId internal constant NO_BANK = BankId.wrap(0);

    uint256 private constant BIC8_BYTES = 8;
    // ISO 9362:2014: the party's prefix is four letters or digits, the country two letters, the party's suffix two letters or digits.
    uint256 private constant COUNTRY_FROM = 4;
    uint256 private constant COUNTRY_TO = 6;

    /// @notice Whether `id` has the form of a BIC8 in upper case (ISO 9362:2014).
    function isWellFormed(BankId id) internal pure returns (bool) {
        bytes8 bic = BankId.unwrap(id);
        for (uint256 i = 0; i < BIC8_BYTES; ++i) {
            bytes1 c = bic[i];
            bool letter = c >= "A" && c <= "Z";
            bool digit = c >= "0" && c <= "9";
            bool country = i >= COUNTRY_FROM && i < COUNTRY_TO;
            if (!letter && (country || !digit)) return false;
        }
        return true;
    }

    /// @notice Whether `kinds` is a non-empty set of kinds that exist.
    function areKinds(uint8 kinds) internal pure returns (bool) {
        return kinds != 0 && kinds & ~ALL_KINDS == 0;
    }
}
