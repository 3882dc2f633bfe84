import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Wallet } from "ethers";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { generateSealingKeyPair } from "../../src/domain/sealing.js";
import type { Members } from "../ops/members.js";
import { DEMO_ORGANISATION } from "./demo-network.js";

/** The legs each bank has a function, and with it an operator's key, for. */
export const LEG_KINDS = ["debit", "credit", "refund"] as const;
export type LegKind = (typeof LEG_KINDS)[number];

/** A demo bank's keys. Private keys in hex. */
export interface BankSecrets {
  id: string;
  token: string;
  /** Reads the bank's statements, and nothing else. */
  statementToken: string;
  adminKey: string;
  accountsOperatorKey: string;
  sealing: { publicKey: string; privateKey: string };
  functions: Record<LegKind, { operatorKey: string; webhookSecret: string }>;
  /** Keys of the two people who report outcomes of suspended transfers. */
  outcomesOperatorKeys: [string, string];
}

/** All the secrets of a local stack, made at its first start and kept in its data folder. */
export interface StackSecrets {
  apiKey: string;
  databasePassword: string;
  aliasKey: string;
  journalFieldKey: string;
  /** Seals functions' secrets in PostgreSQL. */
  functionSecretKey: string;
  receiptSigningKey: string;
  organisationAdminKey: string;
  initiatorKey: string;
  arbiterKeys: [string, string];
  registrarKey: string;
  /** Between the function host and whoever asks it. */
  functionHostToken: string;
  banks: BankSecrets[];
}

const FUND_WEI = 100n * 10n ** 18n;
const OWNER_ONLY = 0o600;

/** Reads the secrets of a data folder, or makes them where there are none. */
export async function loadSecrets(path: string, bankIds: readonly string[]): Promise<StackSecrets> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  const known = text === undefined ? undefined : parseSecrets(path, text);
  const missing = bankIds.filter((id) => !known?.banks.some((bank) => bank.id === id));
  // What an older version made lacks the newer ones; what was made for fewer banks lacks the others.
  const older =
    known?.banks.map((bank) => ({
      ...bank,
      statementToken: bank.statementToken ?? token(),
      outcomesOperatorKeys: bank.outcomesOperatorKeys ?? twoKeys(),
    })) ?? [];
  const secrets = { ...makeSecrets(), ...known, banks: [...older, ...(await Promise.all(missing.map(makeBankSecrets)))] };
  await mkdir(dirname(path), { recursive: true });
  // Whole or not at all: money that these keys hold must not be lost with them.
  await writeFile(`${path}.new`, JSON.stringify(secrets, null, 2), { mode: OWNER_ONLY });
  await rename(`${path}.new`, path);
  return { ...secrets, banks: secrets.banks.filter(({ id }) => bankIds.includes(id)) };
}

const Text = Type.String({ minLength: 1 });
const FunctionKeys = Type.Object({ operatorKey: Text, webhookSecret: Text });

/** A file that an older version wrote lacks the newer secrets. */
const KnownSecrets = Type.Object({
  apiKey: Text,
  databasePassword: Text,
  aliasKey: Text,
  journalFieldKey: Type.Optional(Text),
  functionSecretKey: Type.Optional(Text),
  receiptSigningKey: Type.Optional(Text),
  organisationAdminKey: Type.Optional(Text),
  initiatorKey: Text,
  arbiterKeys: Type.Optional(Type.Tuple([Text, Text])),
  registrarKey: Type.Optional(Text),
  functionHostToken: Type.Optional(Text),
  banks: Type.Array(
    Type.Object({
      id: Text,
      token: Text,
      statementToken: Type.Optional(Text),
      adminKey: Text,
      accountsOperatorKey: Text,
      sealing: Type.Object({ publicKey: Text, privateKey: Text }),
      functions: Type.Object({ debit: FunctionKeys, credit: FunctionKeys, refund: FunctionKeys }),
      outcomesOperatorKeys: Type.Optional(Type.Tuple([Text, Text])),
    }),
  ),
});

function parseSecrets(path: string, text: string): Static<typeof KnownSecrets> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // The parser's own message would quote a secret.
  }
  if (Value.Check(KnownSecrets, found)) return found;
  throw new Error(
    `${path} is damaged. Restore it from a copy; or delete ${dirname(path)} with all that is in it: keys, ledgers and transfers.`,
  );
}

function twoKeys(): [string, string] {
  return [hex32(), hex32()];
}

function token(): string {
  return randomBytes(24).toString("hex");
}

function makeSecrets(): Omit<StackSecrets, "banks"> {
  return {
    apiKey: `em_${randomBytes(24).toString("base64url")}`,
    databasePassword: randomBytes(18).toString("hex"),
    aliasKey: hex32(),
    journalFieldKey: hex32(),
    functionSecretKey: hex32(),
    receiptSigningKey: hex32(),
    organisationAdminKey: hex32(),
    initiatorKey: hex32(),
    arbiterKeys: [hex32(), hex32()],
    registrarKey: hex32(),
    functionHostToken: token(),
  };
}

async function makeBankSecrets(id: string): Promise<BankSecrets> {
  const fn = () => ({ operatorKey: hex32(), webhookSecret: `whsec_${randomBytes(32).toString("base64")}` });
  return {
    id,
    token: token(),
    statementToken: token(),
    adminKey: hex32(),
    accountsOperatorKey: hex32(),
    sealing: await generateSealingKeyPair(),
    functions: { debit: fn(), credit: fn(), refund: fn() },
    outcomesOperatorKeys: twoKeys(),
  };
}

/** Who the deployment lets in, by these secrets. */
export function membersOf(secrets: StackSecrets): Members {
  return {
    organisations: [
      {
        id: DEMO_ORGANISATION,
        admin: addressOf(secrets.organisationAdminKey),
        adminPrivateKey: secrets.organisationAdminKey,
        initiators: [addressOf(secrets.initiatorKey)],
      },
    ],
    arbiters: secrets.arbiterKeys.map(addressOf),
    registrars: [addressOf(secrets.registrarKey)],
    fundWei: String(FUND_WEI),
    banks: secrets.banks.map((bank) => ({
      id: bank.id,
      admin: addressOf(bank.adminKey),
      adminPrivateKey: bank.adminKey,
      sealingKey: bank.sealing.publicKey,
      accountsOperators: [addressOf(bank.accountsOperatorKey)],
      legsOperators: LEG_KINDS.map((kind) => addressOf(bank.functions[kind].operatorKey)),
      outcomesOperators: bank.outcomesOperatorKeys.map(addressOf),
      organisations: [DEMO_ORGANISATION],
    })),
  };
}

/** The address of a private key. */
export function addressOf(privateKey: string): string {
  return new Wallet(privateKey).address;
}

function hex32(): string {
  return `0x${randomBytes(32).toString("hex")}`;
}
