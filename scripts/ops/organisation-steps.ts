import { getAddress, isAddress } from "ethers";
import { type Chain, onChain } from "../../src/chain/connect-chain.js";
import { readSigner } from "../../src/chain/signing/read-signer.js";
import { AppError } from "../../src/domain/app-error.js";
import { organisationToBytes } from "../../src/domain/ids.js";
import { type AdminDeps, type Reverted, sendAdminCall } from "./admin-call.js";

export const USAGE = `usage: npm run organisation -- <command> [--dry-run]
  show                         the organisation's admin, and whether it takes part
  list                         its initiators' addresses: active or removed, with wei for gas and transactions under way
  add-initiator <address>      lets an address start transfers for the organisation; the address belongs to it for ever
  remove-initiator <address>   the address starts no transfers any more; it still belongs to the organisation
  change-admin <address>       makes another address the organisation's admin
  --dry-run                    asks the chain whether the command would succeed, and sends nothing
`;

/** The commands that ask only; the others need the admin's key. */
export const READING: readonly string[] = ["show", "list"];

// Nodes limit how many blocks one request for logs spans; this is below the limits that are known.
const LOG_BLOCKS = 1_000;

/**
 * Carries out one command of {@link USAGE}; returns what is to be said of it.
 * @param signer The organisation's admin; not needed for the commands in {@link READING}.
 * @throws AppError `invalid-request` for an unknown command or a wrong address, `chain-reverted` where the contract refuses
 */
export async function administerOrganisation(
  deps: Omit<AdminDeps, "signer"> & { signer?: AdminDeps["signer"] | undefined },
  name: string,
  args: readonly string[],
): Promise<string> {
  const isDryRun = args.includes("--dry-run");
  const [command, about, ...others] = args.filter((arg) => arg !== "--dry-run");
  if (others.length > 0) throw new AppError("invalid-request", `There is one argument too many: ${others[0]}.`);
  const { chain } = deps;
  const id = organisationToBytes(name);
  const { admin, active } = await onChain(() => chain.banks.getOrganisation(id));
  if (BigInt(admin) === 0n) {
    throw new AppError(
      "not-found",
      `The chain knows no organisation "${name}". The network's admin adds it by BankRepo.addOrganisation.`,
    );
  }
  const encode = chain.banks.interface;
  const send = async (data: string, address: string): Promise<string> => {
    if (deps.signer === undefined)
      throw new AppError("config-invalid", "The admin's key is missing; see ADMIN_… in .env.example.");
    const by = { ...deps, signer: deps.signer };
    const explain = (reverted: Reverted | undefined) =>
      explainRefusal(reverted, { name, admin, address, caller: by.signer.address });
    return await sendAdminCall(by, data, { explain, isDryRun });
  };
  switch (command) {
    case "show":
      return `${name}: admin ${admin}, ${active ? "active" : "deactivated"}`;
    case "list":
      return await list(chain, id, name);
    case "add-initiator": {
      const initiator = parseAddress(about);
      const said = await send(encode.encodeFunctionData("addInitiator", [id, initiator]), initiator);
      return `${said}\n${await describe(chain, id, initiator)}`;
    }
    case "remove-initiator": {
      const initiator = parseAddress(about);
      const { pending } = await readStanding(chain, initiator);
      const said = await send(encode.encodeFunctionData("removeInitiator", [id, initiator]), initiator);
      return [said, ...(await describeRemoval(chain, id, { initiator, pending, isDryRun }))].join("\n");
    }
    case "change-admin": {
      const next = parseAddress(about);
      const said = await send(encode.encodeFunctionData("changeOrganisationAdmin", [id, next]), next);
      return `${said}\nthe admin ${isDryRun ? "would be" : "is now"} ${next}; only that key, or the network's admin, can take this back`;
    }
    default:
      throw new AppError(
        "invalid-request",
        command === undefined ? "A command is missing." : `There is no command "${command}".`,
      );
  }
}

/** What a refusal of the contract means, and what to do next. */
function explainRefusal(
  reverted: Reverted | undefined,
  about: { name: string; admin: string; address: string; caller: string },
): string {
  const { name, admin, address, caller } = about;
  switch (reverted?.name) {
    case "OrganisationUnauthorizedAdmin":
    case "AccessManagedUnauthorized":
      return `${caller} is not the admin of "${name}"; ${admin} is. Give that key as ADMIN_…, or let it run change-admin.`;
    case "OrganisationInactive":
      return `"${name}" is deactivated, for good. The network's admin adds another organisation.`;
    case "OrganisationInitiatorTaken":
      return `${address} belongs to "${nameOf(reverted.args[1])}", for ever. Make a new key, and add its address.`;
    case "OrganisationInitiatorExists":
      return `${address} is an active initiator of "${name}" already; there is nothing to do.`;
    case "OrganisationInitiatorUnknown":
      return `${address} is no active initiator of "${name}"; see the command list.`;
    case "BankZeroAddress":
      return "The zero address can be neither initiator nor admin.";
    default:
      return `The contract refuses (${reverted?.name ?? "it would fail"}).`;
  }
}

async function list(chain: Chain, id: string, name: string): Promise<string> {
  const initiators = await readInitiators(chain, id);
  if (initiators.length === 0) return `${name} has no initiators; add one with add-initiator`;
  const lines = initiators.map(async ({ address }) => await describe(chain, id, address));
  return (await Promise.all(lines)).join("\n");
}

async function describe(chain: Chain, id: string, address: string): Promise<string> {
  const { organisation, active } = await onChain(() => chain.banks.initiatorOf(address));
  const { balanceWei, pending } = await readStanding(chain, address);
  const state = organisation !== id ? "not added" : active ? "active" : "removed";
  return `${address}  ${state}, ${balanceWei} wei for gas, ${pending} transactions not mined yet`;
}

/** What a removal leaves behind. */
async function describeRemoval(
  chain: Chain,
  id: string,
  { initiator, pending, isDryRun }: { initiator: string; pending: number; isDryRun: boolean },
): Promise<string[]> {
  const others = (await readInitiators(chain, id)).filter(({ address, active }) => active && address !== initiator).length;
  return [
    `other active initiators: ${others}${others === 0 ? "; the organisation starts no transfers until one is added" : ""}`,
    ...(pending === 0 || isDryRun
      ? []
      : [`${pending} transactions of the address were not mined before; the contract refuses their starts`]),
  ];
}

async function readStanding(chain: Chain, address: string): Promise<{ balanceWei: bigint; pending: number }> {
  const { balanceWei, nonces } = await readSigner(chain, address);
  return { balanceWei, pending: Math.max(0, nonces.pending - nonces.latest) };
}

/** Every address that was ever added, in the order of its first addition, and whether it is active now. */
async function readInitiators(chain: Chain, id: string): Promise<{ address: string; active: boolean }[]> {
  const { banks, deployment, provider } = chain;
  const newest = await onChain(() => provider.getBlockNumber());
  const addresses = new Set<string>();
  for (let from = deployment.fromBlock; from <= newest; from += LOG_BLOCKS) {
    const to = Math.min(from + LOG_BLOCKS - 1, newest);
    const logs = await onChain(() => banks.queryFilter(banks.filters.OrganisationInitiatorAdded(id), from, to));
    for (const log of logs) addresses.add(log.args.initiator);
  }
  return await Promise.all(
    [...addresses].map(async (address) => ({ address, active: (await onChain(() => banks.initiatorOf(address))).active })),
  );
}

function parseAddress(text: string | undefined): string {
  if (text !== undefined && isAddress(text)) return getAddress(text);
  throw new AppError(
    "invalid-request",
    text === undefined ? "An address is missing." : `"${text}" is no address: 0x and 40 hex digits.`,
  );
}

function nameOf(organisation: unknown): string {
  return Buffer.from(String(organisation).slice(2), "hex").toString("latin1").replace(/\0+$/, "");
}
