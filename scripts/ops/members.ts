import { readFile } from "node:fs/promises";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { AppError } from "../../src/domain/app-error.js";
import { BIC8_PATTERN, ORGANISATION_PATTERN } from "../../src/domain/ids.js";

const Address = Type.String({ pattern: "^0x[0-9a-fA-F]{40}$" });
const BankId = Type.String({ pattern: BIC8_PATTERN.source });
const OrganisationId = Type.String({ pattern: ORGANISATION_PATTERN.source });
const Key = Type.String({ pattern: "^0x[0-9a-fA-F]{64}$" });

/**
 * Who takes part in a network, for `scripts/ops/deploy.ts`. The own affairs of a bank (operators, admitted organisations) and of an
 * organisation (initiators) need its admin's signature: they are done where `adminPrivateKey` is given, and left to the member where
 * only `admin`, its address, is.
 *
 * - `admin`: who administers the network from then on, and how long each of its acts is announced before it can be done. The deployer
 *   then renounces. Without it the deployer stays the admin, with no delay: for a chain of one's own only.
 * - `organisations`: who starts transfers, by any number of initiators' addresses each; a bank's `organisations` are those it admits.
 * - `outcomesOperators`: the people of a bank who report outcomes of suspended transfers, at least two or none.
 * - `sealingKey`: the bank's X25519 public key, 32 bytes in hex.
 * - `fundWei`: what each address is given for gas, decimal; "0" on a chain without fees.
 */
const Members = Type.Object({
  admin: Type.Optional(Type.Object({ address: Address, delaySeconds: Type.Integer({ minimum: 0, maximum: 2_592_000 }) })),
  organisations: Type.Array(
    Type.Object({
      id: OrganisationId,
      admin: Address,
      adminPrivateKey: Type.Optional(Key),
      initiators: Type.Array(Address),
    }),
  ),
  arbiters: Type.Array(Address),
  registrars: Type.Array(Address),
  fundWei: Type.String({ pattern: "^[0-9]+$" }),
  banks: Type.Array(
    Type.Object({
      id: BankId,
      admin: Address,
      adminPrivateKey: Type.Optional(Key),
      sealingKey: Key,
      accountsOperators: Type.Array(Address),
      legsOperators: Type.Array(Address),
      outcomesOperators: Type.Array(Address),
      organisations: Type.Array(OrganisationId),
    }),
  ),
});

export type Members = Static<typeof Members>;

/** Reads a members file. Throws AppError `config-invalid` that says what is wrong with it. */
export async function readMembers(path: string): Promise<Members> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new AppError("config-invalid", `Cannot read the members file ${path}; see scripts/ops/members.ts for its form.`, {
      cause,
    });
  });
  const value: unknown = JSON.parse(text);
  if (Value.Check(Members, value)) return value;
  const [first] = Value.Errors(Members, value);
  throw new AppError("config-invalid", `The members file ${path} is invalid: ${first?.instancePath} ${first?.message}.`);
}
