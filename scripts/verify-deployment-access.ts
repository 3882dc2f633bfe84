/** The roles of the AccessManager, by number; 0 is the admin's and needs no name here. */
export const ROLES = { INITIATOR: 1n, ARBITER: 2n, REGISTRAR: 3n } as const;

export type Role = keyof typeof ROLES;

/**
 * Who may call a state-changing function.
 *
 * - `role`: the AccessManager asks for this role (`ADMIN` is role 0); a closed target refuses.
 * - `data`: the contract itself decides, by what `BankRepo` says of the caller; a closed target goes on.
 * - `authority`: the AccessManager itself, on its admin's behalf.
 */
export type Access = { by: "role"; role: Role | "ADMIN" } | { by: "data"; who: string; orRole?: "ADMIN" } | { by: "authority" };

const initiator: Access = { by: "role", role: "INITIATOR" };
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
    suspendOverdue: arbiter,
    proposeResolution: arbiter,
    confirmResolution: arbiter,
    withdrawResolution: arbiter,
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
    admitInitiator: bankAdmin,
    dismissInitiator: bankAdmin,
    setAuthority: authority,
  },
} as const satisfies Record<string, Record<string, Access>>;

export type GuardedContract = keyof typeof ACCESS;

/** The number of a role at the AccessManager. */
export function roleNumber(role: Role | "ADMIN"): bigint {
  return role === "ADMIN" ? 0n : ROLES[role];
}

/** The functions of a contract that the AccessManager guards, with the role it must ask for. */
export function guardedFunctions(contract: GuardedContract): { name: string; role: bigint }[] {
  return Object.entries<Access>(ACCESS[contract]).flatMap(([name, access]) => {
    if (access.by === "role") return [{ name, role: roleNumber(access.role) }];
    if (access.by === "data" && access.orRole !== undefined) return [{ name, role: roleNumber(access.orRole) }];
    return [];
  });
}
