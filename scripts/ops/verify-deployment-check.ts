import { type BaseContract, FunctionFragment, type Provider } from "ethers";
import type { Deployment } from "../../src/chain/deployment.js";
import {
  AccessManager__factory,
  BankRepo__factory,
  PhoneAccountRepo__factory,
  TransferStateRepo__factory,
} from "../../types/ethers-contracts/index.js";
import { ACCESS, type Access, askedRole, type GuardedContract, PUBLIC_ROLE, ROLES } from "./verify-deployment-access.js";

/** What one selector asks of its caller, as it stands on the chain. */
export type SelectorRow = { contract: GuardedContract; signature: string; selector: string; who: string };

/** The shortest time in which the members can see an admin's act coming. */
export const ADMIN_DELAY_MIN_SECONDS = 86_400n;

const ADMIN_ROLE = 0n;

/**
 * Reads a deployment from its chain and holds it against the table of who may call what.
 *
 * - `production`: the deployer must have renounced, and every admin must act with a delay.
 * - `table`: the functions there may be; by default those of this project.
 */
export async function checkDeployment(
  deployment: Pick<Deployment, "domain" | "contracts"> & { fromBlock?: number },
  provider: Provider,
  options: { production: boolean; table?: Record<GuardedContract, Record<string, Access>> },
): Promise<{ rows: SelectorRow[]; problems: string[] }> {
  const { contracts } = deployment;
  const table: Record<GuardedContract, Record<string, Access>> = options.table ?? ACCESS;
  const manager = AccessManager__factory.connect(contracts.accessManager, provider);
  const targets = {
    TransferStateRepo: TransferStateRepo__factory.connect(contracts.transferStateRepo, provider),
    PhoneAccountRepo: PhoneAccountRepo__factory.connect(contracts.phoneAccountRepo, provider),
    BankRepo: BankRepo__factory.connect(contracts.bankRepo, provider),
  };
  const rows: SelectorRow[] = [];
  const problems: string[] = [];

  for (const [name, target] of Object.entries<BaseContract>(targets) as [GuardedContract, BaseContract][]) {
    const address = String(target.target);
    if ((await provider.getCode(address)) === "0x") {
      problems.push(`${name}: there is no contract at ${address}`);
      continue;
    }
    if ((await target.getFunction("authority")()) !== contracts.accessManager) problems.push(`${name}: its authority is another`);
    if (await manager.isTargetClosed(address)) problems.push(`${name}: it is closed`);
    for (const fragment of target.interface.fragments.filter((found) => FunctionFragment.isFragment(found))) {
      if (fragment.constant) continue;
      const access = table[name][fragment.name];
      const role = await manager.getTargetFunctionRole(address, fragment.selector);
      rows.push({
        contract: name,
        signature: fragment.format("sighash"),
        selector: fragment.selector,
        who: describe(access, role),
      });
      if (access === undefined) problems.push(`${name}: ${fragment.format("sighash")} is not listed`);
      else if (role !== askedRole(access))
        problems.push(`${name}: ${fragment.name} asks for role ${role}, not ${askedRole(access)}`);
    }
  }
  problems.push(...(await strayRoles(manager, rows, deployment.fromBlock ?? 0)));
  problems.push(...(await wiringProblems(targets, deployment)));
  if (options.production) problems.push(...(await adminProblems(manager, deployment.fromBlock ?? 0)));
  return { rows, problems };
}

type Manager = ReturnType<typeof AccessManager__factory.connect>;

/** Selectors that were given a role, though no function of the contracts has them. */
async function strayRoles(manager: Manager, rows: SelectorRow[], fromBlock: number): Promise<string[]> {
  const known = new Set(rows.map(({ selector }) => selector));
  const updates = await manager.queryFilter(manager.filters.TargetFunctionRoleUpdated(), fromBlock);
  const stray = new Set(updates.map(({ args }) => args.selector).filter((selector) => !known.has(selector)));
  return [...stray].map((selector) => `the selector ${selector} has a role, but no function`);
}

async function wiringProblems(
  targets: { TransferStateRepo: ReturnType<typeof TransferStateRepo__factory.connect> },
  { domain, contracts }: Pick<Deployment, "domain" | "contracts">,
): Promise<string[]> {
  const repo = targets.TransferStateRepo;
  const problems: string[] = [];
  if ((await repo.domain()) !== domain) problems.push("TransferStateRepo: its domain is another");
  if ((await repo.bankRepo()) !== contracts.bankRepo) problems.push("TransferStateRepo: its BankRepo is another");
  return problems;
}

async function adminProblems(manager: Manager, fromBlock: number): Promise<string[]> {
  const grants = await manager.queryFilter(manager.filters.RoleGranted(ADMIN_ROLE), fromBlock);
  const [first] = grants;
  if (first === undefined) return ["the grant of the admin role to the deployer is not found: is fromBlock right?"];
  const problems: string[] = [];
  const deployer = first.args.account;
  for (const account of new Set(grants.map(({ args }) => args.account))) {
    const [isMember, delay] = await manager.hasRole(ADMIN_ROLE, account);
    if (!isMember) continue;
    if (account === deployer) problems.push(`the deployer ${account} is still an admin`);
    if (delay < ADMIN_DELAY_MIN_SECONDS) problems.push(`the admin ${account} acts with a delay of ${delay} s only`);
  }
  return problems;
}

function describe(access: Access | undefined, role: bigint): string {
  const roles: [string, bigint][] = [...Object.entries(ROLES), ["ADMIN", ADMIN_ROLE], ["PUBLIC", PUBLIC_ROLE]];
  const named = roles.find(([, number]) => number === role)?.[0] ?? `role ${role}`;
  if (access === undefined) return `not listed (${named})`;
  if (access.by === "role") return named;
  if (access.by === "authority") return "the access manager";
  return access.orRole === undefined ? access.who : `${access.who}, or ${named}`;
}
