/** The roles of the AccessManager, by number; 0 is the admin's and needs no name here. 1 was the initiators', and stays unused. */
export const ROLES = { ARBITER: 2n, REGISTRAR: 3n } as const;

/** The AccessManager's role that every address has: it asks for nothing, but a closed target still refuses. */
export const PUBLIC_ROLE = 2n ** 64n - 1n;

export type Role = keyof typeof ROLES;

/**
 * Who may call a state-changing function.
 *
 * - `role`: the AccessManager asks for this role (`ADMIN` is role 0); a closed target refuses.
 * - `data`: the contract itself decides, by what `BankRepo` says of the caller; a closed target goes on. With `stopped: "closed"` the
 *   AccessManager is asked as well, for the role that everybody has, so that a closed target refuses.
 * - `authority`: the AccessManager itself, on its admin's behalf.
 */
export type Access =
  | { by: "role"; role: Role | "ADMIN" }
  | { by: "data"; who: string; orRole?: "ADMIN"; stopped?: "closed" }
  | { by: "authority" };

const initiator: Access = {
  by: "data",
  who: "initiator of an organisation that the payer's bank has admitted",
  stopped: "closed",
};
const outcomes: Access = { by: "data", who: "outcomes operator of the open leg's bank" };
const organisationAdmin: Access = { by: "data", who: "the organisation's admin" };
const organisationAdminOrNetwork: Access = { by: "data", who: "the organisation's admin", orRole: "ADMIN" };
const arbiter: Access = { by: "role", role: "ARBITER" };
const registrar: Access = { by: "role", role: "REGISTRAR" };
const admin: Access = { by: "role", role: "ADMIN" };
const payerLegs: Access = { by: "data", who: "legs operator of the payer's bank" };
const payeeLegs: Access = { by: "data", who: "legs operator of the payee's bank" };
const openLegs: Access = { by: "data", who: "legs operator of the open leg's bank" };
const accounts: Access = { by: "data", who: "accounts operator of an active bank" };
const holder: Access = { by: "data", who: "accounts operator of the bank that holds the number" };
const claimant: Access = { by: "data", who: "accounts operator of the claiming bank" };
const bankAdmin: Access = { by: "data", who: "the bank's admin" };
const bankAdminOrNetwork: Access = { by: "data", who: "the bank's admin", orRole: "ADMIN" };
const authority: Access = { by: "authority" };

/** Every state-changing function of every contract, and who may call it. What is not listed here must not exist. */
export const ACCESS = {
  TransferStateRepo: {
    start: initiator,
    startBatch: initiator,
    markPending: payerLegs,
    complete: payeeLegs,
    reject: payerLegs,
    reverse: payeeLegs,
    markReversed: payerLegs,
    suspend: openLegs,
    advance: openLegs,
    advanceResumed: openLegs,
    suspendOverdue: arbiter,
    proposeResolution: arbiter,
    confirmResolution: arbiter,
    withdrawResolution: arbiter,
    proposeOutcome: outcomes,
    confirmOutcome: outcomes,
    withdrawOutcome: outcomes,
    setAuthority: authority,
  },
  PhoneAccountRepo: {
    register: accounts,
    registerBatch: accounts,
    update: holder,
    release: holder,
    openClaim: accounts,
    confirmClaim: holder,
    withdrawClaim: claimant,
    decideClaim: registrar,
    setAuthority: authority,
  },
  BankRepo: {
    addBank: admin,
    deactivateBank: admin,
    changeAdmin: bankAdminOrNetwork,
    rotateSealingKey: bankAdmin,
    addOperator: bankAdmin,
    removeOperator: bankAdminOrNetwork,
    admitOrganisation: bankAdmin,
    dismissOrganisation: bankAdmin,
    addOrganisation: admin,
    deactivateOrganisation: admin,
    changeOrganisationAdmin: organisationAdminOrNetwork,
    addInitiator: organisationAdmin,
    removeInitiator: organisationAdminOrNetwork,
    setAuthority: authority,
  },
} as const satisfies Record<string, Record<string, Access>>;

export type GuardedContract = keyof typeof ACCESS;

/** The number of a role at the AccessManager. */
export function roleNumber(role: Role | "ADMIN"): bigint {
  return role === "ADMIN" ? 0n : ROLES[role];
}

/** The role that the AccessManager must ask for at a function: the admin's (0) too where it is never asked. */
export function askedRole(access: Access): bigint {
  if (access.by === "role") return roleNumber(access.role);
  return access.by === "data" && access.stopped === "closed" ? PUBLIC_ROLE : 0n;
}

/** The functions of a contract that the AccessManager guards, with the role it must ask for. */
export function guardedFunctions(contract: GuardedContract): { name: string; role: bigint }[] {
  return Object.entries<Access>(ACCESS[contract]).flatMap(([name, access]) => {
    const guarded = access.by === "role" || (access.by === "data" && (access.orRole ?? access.stopped) !== undefined);
    return guarded ? [{ name, role: askedRole(access) }] : [];
  });
}
