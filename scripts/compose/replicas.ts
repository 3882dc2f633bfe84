import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { Members } from "../ops/members.js";
import { addressOf } from "../stack/secrets.js";

/** A further replica of a service: the same secrets, but for a key of its own to send transactions with. */
export interface Replica {
  /** E.g. `faas-debit-b`. */
  name: string;
  /** The service that it is a replica of, e.g. `faas-debit`. */
  of: string;
  key: string;
}

const OWNER_ONLY = 0o600;

/** Reads the replicas' keys from a file, and makes those that are missing. `names`: e.g. `faas-debit-b`. */
export async function loadReplicas(path: string, names: readonly string[]): Promise<Replica[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  const keys = JSON.parse(text) as Record<string, string>;
  const missing = names.filter((name) => keys[name] === undefined);
  for (const name of missing) keys[name] = `0x${randomBytes(32).toString("hex")}`;
  if (missing.length > 0) await writeFile(path, JSON.stringify(keys, null, 2), { mode: OWNER_ONLY });
  return names.map((name) => ({ name, of: name.slice(0, name.lastIndexOf("-")), key: keys[name] as string }));
}

/** The members with the replicas among them: an API's key is an initiator's of each organisation, a function's its bank's operator for legs. */
export function membersWith(
  replicas: readonly Replica[],
  members: Members,
  bankNames: Readonly<Record<string, string>>,
): Members {
  const addresses = (of: (service: string) => boolean) => replicas.filter((one) => of(one.of)).map(({ key }) => addressOf(key));
  const initiators = addresses((service) => service === "api");
  return {
    ...members,
    organisations: members.organisations.map((organisation) => ({
      ...organisation,
      initiators: [...organisation.initiators, ...initiators],
    })),
    banks: members.banks.map((bank) => ({
      ...bank,
      legsOperators: [...bank.legsOperators, ...addresses((service) => service.startsWith(`${bankNames[bank.id]}-`))],
    })),
  };
}
