import { ContractFactory, type Signer } from "ethers";
import { AccessManager__factory, TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import { guardedFunctions } from "./verify-deployment-access.js";

const ADMIN_ROLE = 0n;
const FINAL_STATES = new Set([3n, 4n, 6n]);

/** How many transfers are read in one call. */
const READ_PAGE_ITEMS = 500;

export type Migration =
  | { done: false; openTransfers: string[] }
  | { done: true; successor: string; fromBlock: number; sequence: bigint };

/**
 * Puts a new `TransferStateRepo` in the place of one that stands: stops the starts there, and when every transfer there is final,
 * deploys the successor with the same domain and banks, and permits the roles on it. Run it again until it is `done`.
 *
 * Starts are stopped by giving them to the admin's role, not by closing the target: arbiters can still resolve what is suspended.
 * The successor counts on from the predecessor's `sequence`, so that must have ended: hence no open transfer.
 *
 * - `admin`: signs; holds the admin role without a delay. An admin with a delay schedules the same calls at the access manager.
 * - `bytecode`: of the new contract; by default of the one this project has.
 */
export async function migrateToSuccessor(
  admin: Signer,
  predecessorAddress: string,
  options: { fromBlock: number; bytecode?: string },
): Promise<Migration> {
  const predecessor = TransferStateRepo__factory.connect(predecessorAddress, admin);
  const manager = AccessManager__factory.connect(await predecessor.authority(), admin);
  const starts = ["start", "startBatch"].map((name) => predecessor.interface.getFunction(name as "start").selector);
  await (await manager.setTargetFunctionRole(predecessor, starts, ADMIN_ROLE)).wait();

  const openTransfers = await findOpenTransfers(predecessor, options.fromBlock);
  if (openTransfers.length > 0) return { done: false, openTransfers };

  const factory = new ContractFactory(
    TransferStateRepo__factory.abi,
    options.bytecode ?? TransferStateRepo__factory.bytecode,
    admin,
  );
  const deployed = await factory.deploy(manager, await predecessor.bankRepo(), await predecessor.domain(), predecessor);
  const receipt = await deployed.deploymentTransaction()?.wait();
  const successor = TransferStateRepo__factory.connect(await deployed.getAddress(), admin);
  for (const { name, role } of guardedFunctions("TransferStateRepo")) {
    const { selector } = successor.interface.getFunction(name as "start");
    await (await manager.setTargetFunctionRole(successor, [selector], role)).wait();
  }
  const sequence = await successor.sequence();
  if (sequence !== (await predecessor.sequence()))
    throw new Error("The predecessor has moved on meanwhile: is someone admin there?");
  return { done: true, successor: await successor.getAddress(), fromBlock: receipt?.blockNumber ?? options.fromBlock, sequence };
}

async function findOpenTransfers(
  repo: ReturnType<typeof TransferStateRepo__factory.connect>,
  fromBlock: number,
): Promise<string[]> {
  const started = await repo.queryFilter(repo.filters.TransferStarted(), fromBlock);
  const ids = started.map(({ args }) => args.id);
  const open: string[] = [];
  for (let from = 0; from < ids.length; from += READ_PAGE_ITEMS) {
    const page = ids.slice(from, from + READ_PAGE_ITEMS);
    const transfers = await repo.getMany(page);
    open.push(...page.filter((_, index) => !FINAL_STATES.has(transfers[index]?.phase ?? 0n)));
  }
  return open;
}
