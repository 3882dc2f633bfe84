import { readFile } from "node:fs/promises";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { AppError } from "../domain/app-error.js";

const Address = Type.String({ pattern: "^0x[0-9a-fA-F]{40}$" });
const Hash = Type.String({ pattern: "^0x[0-9a-f]{64}$" });

/**
 * What `scripts/ops/deploy.ts` writes and every service reads: which contracts, on which chain.
 *
 * - `chainId`: decimal string (EIP-155). `genesisHash`, `domain`: 32 bytes in hex.
 * - `fromBlock`: the block from which the contracts' events are read.
 */
const Deployment = Type.Object({
  chainId: Type.String({ pattern: "^[0-9]+$" }),
  genesisHash: Hash,
  domain: Hash,
  fromBlock: Type.Integer({ minimum: 0 }),
  contracts: Type.Object({
    accessManager: Address,
    bankRepo: Address,
    phoneAccountRepo: Address,
    transferStateRepo: Address,
  }),
});

export type Deployment = Static<typeof Deployment>;

/**
 * Reads a deployment file.
 * @throws AppError `config-invalid` naming the file and what is wrong with it.
 */
export async function readDeployment(path: string): Promise<Deployment> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new AppError("config-invalid", `Cannot read the deployment file ${path}; run scripts/ops/deploy.ts first.`, { cause });
  });
  return parseDeployment(text, path);
}

/** Parses a deployment file's text; `path` is for the error message. */
export function parseDeployment(text: string, path: string): Deployment {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("config-invalid", `The deployment file ${path} is not JSON; run scripts/ops/deploy.ts again.`, { cause });
  }
  if (Value.Check(Deployment, value)) return value;
  const [first] = Value.Errors(Deployment, value);
  const where = first === undefined ? "" : ` (${first.instancePath} ${first.message})`;
  throw new AppError("config-invalid", `The deployment file ${path} is invalid${where}; run scripts/ops/deploy.ts again.`);
}
