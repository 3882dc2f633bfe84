// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bank, BankId, Operator} from "../entities/Bank.sol";
import {Initiator, Organisation, OrganisationId} from "../entities/Organisation.sol";

/// @title The members: banks and who acts for them, organisations that start transfers, and which bank lets which of them.
/// @notice Adding and deactivating a bank or an organisation is the network's (the access manager says who). Everything inside a
/// bank or an organisation is its own admin's. The network can also remove an operator or an initiator, which stops one member
/// without stopping the others.
interface IBankRepo {
    /// @notice What stands in the way of a start between two banks.
    enum StartCheck {
        /// Nothing.
        OK,
        /// The payer's bank is unknown or deactivated.
        PAYER_BANK_INACTIVE,
        /// The payee's bank is unknown or deactivated.
        PAYEE_BANK_INACTIVE,
        /// The payer's bank has not admitted the initiator's organisation.
        ORGANISATION_NOT_ADMITTED
    }

    /// @notice A bank has become a member.
    /// @param bank The new member.
    /// @param admin The admin.
    event BankAdded(BankId indexed bank, address indexed admin);
    /// @notice A bank has ceased to be a member: no transfer starts from or to it any more; its open legs go on.
    /// @param bank The bank.
    event BankDeactivated(BankId indexed bank);
    /// @notice A bank has another admin.
    /// @param bank The bank.
    /// @param admin The new admin.
    event BankAdminChanged(BankId indexed bank, address indexed admin);
    /// @notice A bank has a new sealing key, an X25519 public key. What was sealed before needs the older version's private key.
    /// @param bank The bank.
    /// @param version The new key's version, counted from 1.
    /// @param sealingKey The new key.
    event BankSealingKeyRotated(BankId indexed bank, uint32 version, bytes32 sealingKey);
    /// @notice An address acts for a bank, in the given kinds: a set of 1 (accounts), 2 (legs) and 4 (outcomes).
    /// @param bank The bank.
    /// @param operator The operator.
    /// @param kinds A set of 1 (accounts), 2 (legs) and 4 (outcomes).
    event BankOperatorAdded(BankId indexed bank, address indexed operator, uint8 kinds);
    /// @notice An address no longer acts for a bank.
    /// @param bank The bank.
    /// @param operator The operator.
    event BankOperatorRemoved(BankId indexed bank, address indexed operator);
    /// @notice An organisation may start transfers out of the accounts of the bank's customers.
    /// @param bank The bank.
    /// @param organisation The organisation.
    event BankOrganisationAdmitted(BankId indexed bank, OrganisationId indexed organisation);
    /// @notice An organisation no longer may.
    /// @param bank The bank.
    /// @param organisation The organisation.
    event BankOrganisationDismissed(BankId indexed bank, OrganisationId indexed organisation);
    /// @notice An organisation has become a member.
    /// @param organisation The organisation.
    /// @param admin The admin.
    event OrganisationAdded(OrganisationId indexed organisation, address indexed admin);
    /// @notice An organisation has ceased to be a member: it starts no transfer any more; those under way go on.
    /// @param organisation The organisation.
    event OrganisationDeactivated(OrganisationId indexed organisation);
    /// @notice An organisation has another admin.
    /// @param organisation The organisation.
    /// @param admin The new admin.
    event OrganisationAdminChanged(OrganisationId indexed organisation, address indexed admin);
    /// @notice An address starts transfers for an organisation.
    /// @param organisation The organisation.
    /// @param initiator The initiator.
    event OrganisationInitiatorAdded(OrganisationId indexed organisation, address indexed initiator);
    /// @notice An address no longer does; it still belongs to the organisation.
    /// @param organisation The organisation.
    /// @param initiator The initiator.
    event OrganisationInitiatorRemoved(OrganisationId indexed organisation, address indexed initiator);

    /// @notice The id is not a BIC8 (ISO 9362) in upper case.
    /// @param bank The id that was given.
    error BankIdMalformed(BankId bank);
    /// @notice The bank is a member already, or was one.
    /// @param bank The bank.
    error BankExists(BankId bank);
    /// @notice The bank is unknown or deactivated.
    /// @param bank The bank.
    error BankInactive(BankId bank);
    /// @notice The caller is not the bank's admin.
    /// @param bank The bank.
    /// @param caller Who called.
    error BankUnauthorizedAdmin(BankId bank, address caller);
    /// @notice The zero address cannot be an admin, operator or initiator.
    error BankZeroAddress();
    /// @notice The zero key, or the key that is the newest already.
    /// @param sealingKey The key that was given.
    error BankSealingKeyInvalid(bytes32 sealingKey);
    /// @notice Not a non-empty set of 1 (accounts), 2 (legs) and 4 (outcomes).
    /// @param kinds The kinds that were given.
    error BankOperatorKindsInvalid(uint8 kinds);
    /// @notice The address already operates for a bank; remove it there first.
    /// @param operator The operator.
    /// @param bank The bank that it operates for.
    error BankOperatorTaken(address operator, BankId bank);
    /// @notice The address does not operate for the bank.
    /// @param bank The bank.
    /// @param operator The operator.
    error BankOperatorUnknown(BankId bank, address operator);
    /// @notice The organisation is admitted already.
    /// @param bank The bank.
    /// @param organisation The organisation.
    error BankOrganisationExists(BankId bank, OrganisationId organisation);
    /// @notice The organisation is not admitted.
    /// @param bank The bank.
    /// @param organisation The organisation.
    error BankOrganisationUnknown(BankId bank, OrganisationId organisation);
    /// @notice The id is not 1 to 31 lower-case letters, digits and hyphens, the first of them no hyphen.
    /// @param organisation The id that was given.
    error OrganisationIdMalformed(OrganisationId organisation);
    /// @notice The organisation is a member already, or was one.
    /// @param organisation The organisation.
    error OrganisationExists(OrganisationId organisation);
    /// @notice The organisation is unknown or deactivated.
    /// @param organisation The organisation.
    error OrganisationInactive(OrganisationId organisation);
    /// @notice The caller is not the organisation's admin.
    /// @param organisation The organisation.
    /// @param caller Who called.
    error OrganisationUnauthorizedAdmin(OrganisationId organisation, address caller);
    /// @notice The address is the organisation's initiator already.
    /// @param organisation The organisation.
    /// @param initiator The initiator.
    error OrganisationInitiatorExists(OrganisationId organisation, address initiator);
    /// @notice The address belongs to another organisation, for ever.
    /// @param initiator The initiator.
    /// @param organisation The organisation that it belongs to.
    error OrganisationInitiatorTaken(address initiator, OrganisationId organisation);
    /// @notice The address is not an initiator of the organisation.
    /// @param organisation The organisation.
    /// @param initiator The initiator.
    error OrganisationInitiatorUnknown(OrganisationId organisation, address initiator);

    /// @notice Adds a member. For the network only.
    /// @param bank The new member, a BIC8.
    /// @param admin Its admin; not zero.
    /// @param sealingKey X25519 public key (RFC 7748), 32 bytes; becomes version 1.
    function addBank(BankId bank, address admin, bytes32 sealingKey) external;

    /// @notice Ends a membership, for ever. For the network only.
    /// @param bank The bank.
    function deactivateBank(BankId bank) external;

    /// @notice Hands the bank's administration over. For the bank's admin, or the network (a lost key).
    /// @param bank The bank.
    /// @param admin The new admin; not zero.
    function changeAdmin(BankId bank, address admin) external;

    /// @notice Makes a new sealing key the newest. For the bank's admin.
    /// @param bank The bank.
    /// @param sealingKey X25519 public key (RFC 7748), 32 bytes; neither zero nor the newest.
    function rotateSealingKey(BankId bank, bytes32 sealingKey) external;

    /// @notice Lets an address act for the bank, or changes the kinds it acts in. For the bank's admin.
    /// @param bank The bank.
    /// @param operator The address; not zero, and no operator of another bank.
    /// @param kinds A non-empty set of 1 (accounts), 2 (legs) and 4 (outcomes).
    function addOperator(BankId bank, address operator, uint8 kinds) external;

    /// @notice Stops an address acting for the bank. For the bank's admin, or the network (to stop a bank).
    /// @param bank The bank.
    /// @param operator The operator.
    function removeOperator(BankId bank, address operator) external;

    /// @notice Lets an organisation start transfers out of the bank's accounts. For the bank's admin.
    /// @param bank The bank.
    /// @param organisation The organisation.
    function admitOrganisation(BankId bank, OrganisationId organisation) external;

    /// @notice Takes that right back. For the bank's admin.
    /// @param bank The bank.
    /// @param organisation The organisation.
    function dismissOrganisation(BankId bank, OrganisationId organisation) external;

    /// @notice Adds an organisation that starts transfers. For the network only.
    /// @param organisation Its name: 1 to 31 lower-case letters, digits and hyphens.
    /// @param admin Its admin; not zero.
    function addOrganisation(OrganisationId organisation, address admin) external;

    /// @notice Ends an organisation's membership, for ever. For the network only.
    /// @param organisation The organisation.
    function deactivateOrganisation(OrganisationId organisation) external;

    /// @notice Hands the organisation's administration over. For the organisation's admin, or the network (a lost key).
    /// @param organisation The organisation.
    /// @param admin The new admin; not zero.
    function changeOrganisationAdmin(OrganisationId organisation, address admin) external;

    /// @notice Lets an address start transfers for the organisation. For the organisation's admin.
    /// @dev The address belongs to the organisation for ever, also once it was removed: a start that was signed for one organisation
    /// can never be carried out as another's, under another id.
    /// @param organisation The organisation.
    /// @param initiator The address; not zero, and of no other organisation.
    function addInitiator(OrganisationId organisation, address initiator) external;

    /// @notice Stops an address starting transfers. For the organisation's admin, or the network (to stop an organisation).
    /// @param organisation The organisation.
    /// @param initiator The initiator.
    function removeInitiator(OrganisationId organisation, address initiator) external;

    /// @notice The bank; all zero where it is unknown.
    /// @param bank The bank.
    /// @return The bank; all zero where it is unknown.
    function get(BankId bank) external view returns (Bank memory);

    /// @notice The bank's sealing key of a version; zero where there is none.
    /// @param bank The bank.
    /// @param version The key's version, counted from 1.
    /// @return The key; zero where there is none of that version.
    function sealingKey(BankId bank, uint32 version) external view returns (bytes32);

    /// @notice Who an address operates for; all zero where for nobody.
    /// @param operator The address.
    /// @return Its bank and kinds; all zero where it operates for nobody.
    function operatorOf(address operator) external view returns (Operator memory);

    /// @notice The organisation; all zero where it is unknown.
    /// @param organisation The organisation.
    /// @return The organisation; all zero where it is unknown.
    function getOrganisation(OrganisationId organisation) external view returns (Organisation memory);

    /// @notice Which organisation an address belongs to, and whether it may start transfers for it; all zero where to none.
    /// @param initiator The address.
    /// @return Its organisation, and whether it may start transfers now; all zero where it belongs to none.
    function initiatorOf(address initiator) external view returns (Initiator memory);

    /// @notice The active organisation that an address starts transfers for; zero where for none.
    /// @param initiator The address.
    /// @return The organisation; zero where there is none.
    function organisationOf(address initiator) external view returns (OrganisationId);

    /// @notice Whether the bank has admitted the organisation.
    /// @param bank The bank.
    /// @param organisation The organisation.
    /// @return Whether it has.
    function isAdmitted(BankId bank, OrganisationId organisation) external view returns (bool);

    /// @notice What stands in the way of an active organisation starting a transfer between the two banks.
    /// @param payerBank The payer's bank.
    /// @param payeeBank The payee's bank.
    /// @param organisation The organisation that would start it.
    /// @return The first obstacle found; OK where there is none.
    function checkStart(BankId payerBank, BankId payeeBank, OrganisationId organisation) external view returns (StartCheck);
}
