import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { ContractFuture } from "@nomicfoundation/ignition-core";
import { Interface, ZeroAddress } from "ethers";

/**
 * The roles of the access manager, as `grantRole` takes them. 0 is the manager's own admin role. No role names initiators: `BankRepo`
 * does, by their organisations.
 */
export const ROLES = { ARBITER: 2n, REGISTRAR: 3n } as const;

// Every address has this role. A start still asks the access manager, so that closing the contract stops starts.
const PUBLIC_ROLE = 2n ** 64n - 1n;

// Written out, so that the deployment needs nothing that is generated; scripts/ops/verify-deployment.ts checks them on the chain.
const contract = new Interface([
  "function start((bytes32,bytes8,bytes8,uint16,uint64,uint40,bytes))",
  "function startBatch((bytes32,bytes8,bytes8,uint16,uint64,uint40,bytes)[])",
  "function suspendOverdue(bytes32,bytes4)",
  "function proposeResolution(bytes32,uint8,bytes4)",
  "function confirmResolution(bytes32,uint8)",
  "function withdrawResolution(bytes32)",
  "function decideClaim(bytes32,bool)",
]);

function selector(name: string): string {
  const found = contract.getFunction(name);
  if (found === null) throw new Error(`There is no function ${name}`);
  return found.selector;
}

/**
 * The contracts and what each role may call; who holds the roles is `scripts/ops/deploy.ts`'s. What is not named here, and is
 * `restricted`, is the admin's.
 *
 * Parameters: `domain`, 32 random bytes in hex; `predecessor`, the contract whose transfers are continued, if any.
 */
export const eventMachineModule = buildModule("EventMachine", (m) => {
  const deployer = m.getAccount(0);
  const domain = m.getParameter("domain");
  const predecessor = m.getParameter("predecessor", ZeroAddress);

  const accessManager = m.contract("AccessManager", [deployer]);
  const bankRepo = m.contract("BankRepo", [accessManager]);
  const phoneAccountRepo = m.contract("PhoneAccountRepo", [accessManager, bankRepo]);
  const transferStateRepo = m.contract("TransferStateRepo", [accessManager, bankRepo, domain, predecessor]);

  const permit = (id: string, target: ContractFuture<string>, names: string[], role: bigint) =>
    m.call(accessManager, "setTargetFunctionRole", [target, names.map(selector), role], { id });
  permit("permitStarts", transferStateRepo, ["start", "startBatch"], PUBLIC_ROLE);
  permit(
    "permitArbiters",
    transferStateRepo,
    ["suspendOverdue", "proposeResolution", "confirmResolution", "withdrawResolution"],
    ROLES.ARBITER,
  );
  permit("permitRegistrars", phoneAccountRepo, ["decideClaim"], ROLES.REGISTRAR);
  for (const [label, role] of Object.entries(ROLES)) m.call(accessManager, "labelRole", [role, label], { id: `label${label}` });

  return { accessManager, bankRepo, phoneAccountRepo, transferStateRepo };
});
