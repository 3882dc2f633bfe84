// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The name of an organisation that starts transfers: 1 to 31 ASCII characters, filled up with zero bytes.
type OrganisationId is bytes31;

using {equals as ==, differs as !=} for OrganisationId global;

/// @notice An organisation that starts transfers. Fits one storage slot.
/// @param admin Manages the organisation's initiators; zero for an organisation that was never added.
/// @param active False once the organisation was deactivated, for ever.
struct Organisation {
    address admin;
    bool active;
}

/// @notice Which organisation an address starts transfers for. Fits one storage slot.
/// @param organisation The first organisation that added the address, for ever; zero for an address that none has added.
/// @param active Whether the address may start transfers for it now.
struct Initiator {
    OrganisationId organisation;
    bool active;
}

function equals(OrganisationId a, OrganisationId b) pure returns (bool) {
    return OrganisationId.unwrap(a) == OrganisationId.unwrap(b);
}

function differs(OrganisationId a, OrganisationId b) pure returns (bool) {
    return OrganisationId.unwrap(a) != OrganisationId.unwrap(b);
}

/// @title The rules of an organisation that need no storage.
library Organisations {
    OrganisationId internal constant NO_ORGANISATION = OrganisationId.wrap(0);

    uint256 private constant NAME_BYTES = 31;

    /// @notice Whether `id` is a name: lower-case letters, digits and hyphens, the first of them no hyphen, then zero bytes.
    function isWellFormed(OrganisationId id) internal pure returns (bool) {
        bytes31 name = OrganisationId.unwrap(id);
        if (name[0] == 0 || name[0] == "-") return false;
        bool ended = false;
        for (uint256 i = 0; i < NAME_BYTES; ++i) {
            bytes1 c = name[i];
            if (c == 0) ended = true;
            else if (ended) return false;
            else if (!(c >= "a" && c <= "z") && !(c >= "0" && c <= "9") && c != "-") return false;
        }
        return true;
    }
}
