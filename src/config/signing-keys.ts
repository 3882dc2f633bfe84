import type { ValidatorSpec } from "envalid";
import { AppError } from "../domain/app-error.js";
import type { KeySource } from "../domain/key-source.js";
import type { Check } from "./parse-environment.js";
import {
  address,
  addressesByName,
  hex32,
  KEY_NAMES,
  keysByName,
  keystore,
  keystoresByName,
  line,
  passwordsByName,
  signerUrl,
} from "./validators.js";

// A key that signs transactions is given in one of three ways: itself, as an encrypted keystore, or as an address at a signer.

type Values = Readonly<Record<string, unknown>>;
type Specs<Names extends Record<string, string>> = Record<Names[keyof Names], ValidatorSpec<unknown>>;

/** The variables of one key, and how they are read together. `prefix`: e.g. OPERATOR, of OPERATOR_PRIVATE_KEY. */
export function signingKey<P extends string>(prefix: P) {
  const names = {
    privateKey: `${prefix}_PRIVATE_KEY`,
    keystore: `${prefix}_KEYSTORE`,
    password: `${prefix}_KEYSTORE_PASSWORD`,
    url: `${prefix}_SIGNER_URL`,
    address: `${prefix}_SIGNER_ADDRESS`,
  } as const;
  const specs = {
    [names.privateKey]: hex32({ default: undefined }),
    [names.keystore]: keystore({ default: undefined }),
    [names.password]: line({ default: undefined }),
    [names.url]: signerUrl({ default: undefined }),
    [names.address]: address({ default: undefined }),
  } as Specs<typeof names>;

  const check: Check = (given) => {
    const ways = [names.privateKey, names.keystore, names.url].filter((name) => given(name));
    if (ways.length > 1) return [[ways[1] as string, `is one way too many beside ${ways[0]}; give one`]];
    if (ways.length === 0) {
      return [
        [names.privateKey, `is missing; or give ${names.keystore} and its password, or ${names.url} and the address there`],
      ];
    }
    return missingPartners(given, [
      [names.keystore, names.password],
      [names.url, names.address],
    ]);
  };

  function read(values: Values): KeySource {
    const text = (name: string) => values[name] as string;
    if (values[names.privateKey] !== undefined) return { kind: "private-key", privateKey: text(names.privateKey) };
    if (values[names.url] !== undefined) return { kind: "remote", url: text(names.url), address: text(names.address) };
    return { kind: "keystore", keystore: JSON.stringify(values[names.keystore]), password: text(names.password) };
  }

  return { specs, check, read };
}

/** The variables of one key for each of several banks, or principals of the API: JSON by name. They may differ in the way. */
export function signingKeysBy<P extends string>(of: keyof typeof KEY_NAMES, prefix: P) {
  const names = {
    privateKeys: `${prefix}_PRIVATE_KEYS`,
    keystores: `${prefix}_KEYSTORES`,
    passwords: `${prefix}_KEYSTORE_PASSWORDS`,
    url: `${prefix}_SIGNER_URL`,
    addresses: `${prefix}_SIGNER_ADDRESSES`,
  } as const;
  const specs = {
    [names.privateKeys]: keysByName(KEY_NAMES[of])({ default: {} }),
    [names.keystores]: keystoresByName(KEY_NAMES[of])({ default: {} }),
    [names.passwords]: passwordsByName(KEY_NAMES[of])({ default: {} }),
    [names.url]: signerUrl({ default: undefined }),
    [names.addresses]: addressesByName(KEY_NAMES[of])({ default: {} }),
  } as Specs<typeof names>;

  const check: Check = (given) =>
    missingPartners(given, [
      [names.keystores, names.passwords],
      [names.url, names.addresses],
      [names.addresses, names.url],
    ]);

  function read(values: Values): ReadonlyMap<string, KeySource> {
    const table = (name: string) => Object.entries(values[name] as Record<string, string>);
    const keystores = Object.entries(values[names.keystores] as Record<string, object>);
    const passwords = new Map(table(names.passwords));
    const all: [string, KeySource][] = [
      ...table(names.privateKeys).map(([name, privateKey]): [string, KeySource] => [name, { kind: "private-key", privateKey }]),
      ...keystores.map(([name, encrypted]): [string, KeySource] => [
        name,
        { kind: "keystore", keystore: JSON.stringify(encrypted), password: passwords.get(name) ?? "" },
      ]),
      ...table(names.addresses).map(([name, at]): [string, KeySource] => [
        name,
        { kind: "remote", url: values[names.url] as string, address: at },
      ]),
    ];
    const keys = new Map(all);
    if (keys.size < all.length) {
      throw new AppError(
        "config-invalid",
        `Invalid configuration; see .env.example.\n  ${prefix}_…: a ${of}'s key is given in two ways`,
      );
    }
    return keys;
  }

  return { specs, check, read };
}

function missingPartners(given: (name: string) => boolean, pairs: readonly (readonly [string, string])[]): [string, string][] {
  return pairs
    .filter(([name, partner]) => given(name) && !given(partner))
    .map(([name, partner]) => [partner, `is missing beside ${name}`]);
}
