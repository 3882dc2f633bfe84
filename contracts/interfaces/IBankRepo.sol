// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bank, BankId, Operator} from "../entities/Bank.sol";

/// @title The member banks, who acts for them, and whom they let start transfers.
/// @notice Adding and deactivating a bank is the network's (the access manager says who). Everything inside a bank is the
/// bank's own admin's. The network can also remove an operator, which stops one bank without stopping the others.
interface IBankRepo {
    /// @notice What stands in the way of a start between two banks.
    enum StartCheck {
        /// Nothing.
        OK,
        /// The payer's bank is unknown or deactivated.
        PAYER_BANK_INACTIVE,
        /// The payee's bank is unknown or deactivated.
        PAYEE_BANK_INACTIVE,
        /// The payer's bank has not admitted the initiator.
        INITIATOR_NOT_ADMITTED
    }

    /// @notice A bank has become a member.
    event BankAdded(BankId indexed bank, address indexed admin);
    /// @notice A bank has ceased to be a member: no transfer starts from or to it any more; its open legs go on.
    event BankDeactivated(BankId indexed bank);
    /// @notice A bank has another admin.
    event BankAdminChanged(BankId indexed bank, address indexed admin);
    /// @notice A bank has a new sealing key, an X25519 public key. What was sealed before needs the older version's private key.
    event BankSealingKeyRotated(BankId indexed bank, uint32 version, bytes32 sealingKey);
    /// @notice An address acts for a bank, in the given kinds (1 accounts, 2 legs, 3 both).
    event BankOperatorAdded(BankId indexed bank, address indexed operator, uint8 kinds);
    /// @notice An address no longer acts for a bank.
    event BankOperatorRemoved(BankId indexed bank, address indexed operator);
    /// @notice An initiator may start transfers out of the accounts of the bank's customers.
    event BankInitiatorAdmitted(BankId indexed bank, address indexed initiator);
    /// @notice An initiator no longer may.
    event BankInitiatorDismissed(BankId indexed bank, address indexed initiator);

    /// @notice The id is not a BIC8 (ISO 9362) in upper case.
    error BankIdMalformed(BankId bank);
    /// @notice The bank is a member already, or was one.
    error BankExists(BankId bank);
    /// @notice The bank is unknown or deactivated.
    error BankInactive(BankId bank);
    /// @notice The caller is not the bank's admin.
    error BankUnauthorizedAdmin(BankId bank, address caller);
    /// @notice The zero address cannot be an admin, operator or initiator.
    error BankZeroAddress();
    /// @notice The zero key, or the key that is the newest already.
    error BankSealingKeyInvalid(bytes32 sealingKey);
    /// @notice Not a non-empty set of 1 (accounts) and 2 (legs).
    error BankOperatorKindsInvalid(uint8 kinds);
    /// @notice The address already operates for a bank; remove it there first.
    error BankOperatorTaken(address operator, BankId bank);
    /// @notice The address does not operate for the bank.
    error BankOperatorUnknown(BankId bank, address operator);
    /// @notice The initiator is admitted already.
    error BankInitiatorExists(BankId bank, address initiator);
    /// @notice The initiator is not admitted.
    error BankInitiatorUnknown(BankId bank, address initiator);

    /// @notice Adds a member. For the network only.
    /// @param sealingKey X25519 public key (RFC 7748), 32 bytes; becomes version 1.
    function addBank(BankId bank, address admin, bytes32 sealingKey) external;

    /// @notice Ends a membership, for ever. For the network only.
    function deactivateBank(BankId bank) external;

    /// @notice Hands the bank's administration over. For the bank's admin, or the network (a lost key).
    function changeAdmin(BankId bank, address admin) external;

    /// @notice Makes a new sealing key the newest. For the bank's admin.
    function rotateSealingKey(BankId bank, bytes32 sealingKey) external;

    /// @notice Lets an address act for the bank, or changes the kinds it acts in. For the bank's admin.
    function addOperator(BankId bank, address operator, uint8 kinds) external;

    /// @notice Stops an address acting for the bank. For the bank's admin, or the network (to stop a bank).
    function removeOperator(BankId bank, address operator) external;

    /// @notice Lets an initiator start transfers out of the bank's accounts. For the bank's admin.
    function admitInitiator(BankId bank, address initiator) external;

    /// @notice Takes that right back. For the bank's admin.
    function dismissInitiator(BankId bank, address initiator) external;

    /// @notice The bank; all zero where it is unknown.
    function get(BankId bank) external view returns (Bank memory);

    /// @notice The bank's sealing key of a version; zero where there is none.
    function sealingKey(BankId bank, uint32 version) external view returns (bytes32);

    /// @notice Who an address operates for; all zero where for nobody.
    function operatorOf(address operator) external view returns (Operator memory);

    /// @notice Whether the bank has admitted the initiator.
    function isAdmitted(BankId bank, address initiator) external view returns (bool);

    /// @notice What stands in the way of `initiator` starting a transfer between the two banks.
    function checkStart(BankId payerBank, BankId payeeBank, address initiator) external view returns (StartCheck);
}
