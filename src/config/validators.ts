import { statSync } from "node:fs";
import { EnvError, makeValidator } from "envalid";
import { type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { BIC8_PATTERN, ORGANISATION_PATTERN } from "../domain/ids.js";
import { type IpNetwork, parseIpNetwork } from "../domain/ip-network.js";
import { PHONE_TYPES } from "../domain/phone.js";

/** A whole number of at least 0. */
export const wholeNumber = makeValidator<number>((text) => {
  if (!/^[0-9]{1,15}$/.test(text)) throw new EnvError("expected a whole number");
  return Number(text);
});

/** A whole number of at least 1: an interval or a size of 0 would be a loop that does not end, or does nothing. */
export const positiveNumber = makeValidator<number>((text) => {
  if (!/^[0-9]{1,15}$/.test(text) || Number(text) === 0) throw new EnvError("expected a whole number of at least 1");
  return Number(text);
});

/** A number from 0 to 1. */
export const ratio = makeValidator<number>((text) => {
  if (!/^(0|1|0?\.[0-9]{1,9}|1\.0)$/.test(text)) throw new EnvError("expected a number from 0 to 1");
  return Number(text);
});

/** One of several words. Unlike envalid's own, it does not repeat what was given. */
export function oneOf<T extends string>(...words: readonly T[]) {
  return makeValidator<T>((text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new EnvError(`expected one of ${words.join(", ")}`);
    return found;
  });
}

/** `true` or `false`. */
export const flag = makeValidator<boolean>((text) => {
  if (text !== "true" && text !== "false") throw new EnvError("expected true or false");
  return text === "true";
});

/** A TCP port; 0 lets the system choose. */
export const portNumber = makeValidator<number>((text) => {
  const port = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535) throw new EnvError("expected a port, 0 to 65535");
  return port;
});

/** 32 bytes, 0x and hex. */
export const hex32 = makeValidator<string>((text) => {
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw new EnvError("expected 0x and 64 hex digits");
  return text.toLowerCase();
});

/** An amount in wei, e.g. per gas. */
export const wei = makeValidator<bigint>((text) => {
  if (!/^[0-9]{1,24}$/.test(text)) throw new EnvError("expected a whole number of wei");
  return BigInt(text);
});

/** An Ethereum address. */
export const address = makeValidator<string>((text) => {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new EnvError("expected 0x and 40 hex digits");
  return text;
});

/** Any text, for what has no form of its own, like a password. */
export const line = makeValidator<string>((text) => text);

// Read, write or execute, by the group or anybody.
const OTHERS_MODE = 0o077;

/** A file that nobody but its owner may use. */
export const privateFile = makeValidator<string>((path) => {
  const { mode } = statSync(path, { throwIfNoEntry: false }) ?? { mode: 0 };
  if ((mode & OTHERS_MODE) !== 0) throw new EnvError("the file may be read by others: run chmod 600 on it");
  return path;
});

/** A BIC8 (ISO 9362:2014). */
export const bic8 = makeValidator<string>((text) => {
  if (!BIC8_PATTERN.test(text)) throw new EnvError("expected a BIC of eight characters in upper case");
  return text;
});

/** The name of an organisation that starts transfers, as the chain has it. */
export const organisationName = makeValidator<string>((text) => {
  if (!ORGANISATION_PATTERN.test(text)) {
    throw new EnvError("expected 1 to 31 lower-case letters, digits and hyphens, the first of them no hyphen");
  }
  return text;
});

/** An http or https URL. */
export const httpUrl = makeValidator<string>((text) => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new EnvError("expected an http or https URL");
  return text;
});

/** One http, https, ws or wss URL, or several with commas between. */
export const rpcUrls = makeValidator<readonly string[]>((text) => {
  const urls = text.split(",").map((url) => url.trim());
  if (!urls.every((url) => URL.canParse(url) && /^(http|ws)s?:$/.test(new URL(url).protocol))) {
    throw new EnvError("expected http, https, ws or wss URLs, with commas between");
  }
  if (new Set(urls).size < urls.length) throw new EnvError("names a URL twice");
  return urls;
});

/** Networks in CIDR notation, with commas between: `10.1.0.0/16,::1`. */
export const ipNetworks = makeValidator<readonly IpNetwork[]>((text) => {
  const networks = text.split(",").map((part) => parseIpNetwork(part.trim()));
  if (!networks.every((network) => network !== undefined))
    throw new EnvError("expected networks like 10.1.0.0/16, with commas between");
  return networks;
});

/** An http or https URL with no user or password in it, which could get into a message. */
export const signerUrl = makeValidator<string>((text) => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw new EnvError("expected an http or https URL");
  const { username, password } = new URL(text);
  if (username !== "" || password !== "") throw new EnvError("expected a URL without user and password");
  return text;
});

/** `0`, `1`, … confirmations, or the node's tag `safe` or `finalized`. */
export const finality = makeValidator<{ confirmations: number } | { tag: "safe" | "finalized" }>((text) => {
  if (text === "safe" || text === "finalized") return { tag: text };
  if (!/^[0-9]{1,4}$/.test(text)) throw new EnvError("expected a number of confirmations, 'safe' or 'finalized'");
  return { confirmations: Number(text) };
});

/** Some of several words, with commas between. */
function someOf<T extends string>(...words: readonly T[]) {
  return makeValidator<readonly T[]>((text) => {
    const given = text.split(",").map((word) => word.trim());
    const known = words.filter((word) => given.includes(word));
    if (known.length !== given.length) throw new EnvError(`expected some of ${words.join(", ")}, with commas between`);
    return known;
  });
}

/** The kinds of lines whose numbers are taken. */
export const phoneTypes = someOf(...PHONE_TYPES);

/** The types that an access token may have: `jwt` for issuers that do not follow RFC 9068. */
export const tokenTypes = someOf("at+jwt", "jwt");

/** Ed25519 public keys as in a JWK's `x` (RFC 8037), with commas between. */
export const publicKeys = makeValidator<readonly string[]>((text) => {
  const keys = text.split(",").map((key) => key.trim());
  if (!keys.every((key) => /^[A-Za-z0-9_-]{43}$/.test(key))) {
    throw new EnvError("expected 43 characters of base64url each, with commas between");
  }
  return keys;
});

const WEBHOOK_SECRET = "^whsec_[A-Za-z0-9+/]{32,}={0,2}$";
const BIC8 = BIC8_PATTERN.source;

/** Standard Webhooks secrets that are good now, with commas between: two while one is being rotated out. */
export const webhookSecrets = makeValidator<readonly string[] | "unsigned">((text) => {
  if (text === "unsigned") return text;
  const secrets = text.split(",").map((secret) => secret.trim());
  if (!secrets.every((secret) => new RegExp(WEBHOOK_SECRET).test(secret))) {
    throw new EnvError("expected whsec_ and at least 24 bytes in base64, or several of these with commas between, or unsigned");
  }
  return secrets;
});

/** JSON of a given shape. */
export function jsonOf<T extends TSchema>(schema: T) {
  return makeValidator<Type.Static<T>>((text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new EnvError("expected JSON");
    }
    if (Value.Check(schema, value)) return value;
    const [first] = Value.Errors(schema, value);
    throw new EnvError(
      first === undefined ? "expected JSON of another shape" : `${safePath(first.instancePath)} ${first.message}`,
    );
  });
}

/** Requests a minute by method and path. */
export const routeLimits = jsonOf(
  Type.Record(Type.String({ pattern: "^(GET|POST|PUT|PATCH|DELETE) /\\S*$" }), Type.Integer({ minimum: 1 }), {
    additionalProperties: false,
  }),
);

/** Where in the JSON. A name that is none of ours may be a key that was put in the wrong place: it is not repeated. */
function safePath(path: string): string {
  const segments = path.split("/").map((segment) => (/^([a-zA-Z]{0,16}|\w{1,8})$/.test(segment) ? segment : "…"));
  return segments.join("/") || "/";
}

const Hex32 = Type.String({ pattern: "^0x[0-9a-fA-F]{64}$" });

/** An encrypted key: Web3 Secret Storage, version 3, as geth, Besu's tools and ethers write it. */
const Keystore = Type.Object({ version: Type.Literal(3) }, { additionalProperties: true });

export const keystore = jsonOf(Keystore);

/** Web origins, with commas between: `https://pay.example,https://app.example`. */
export const origins = makeValidator<readonly string[]>((text) => {
  const all = text.split(",").map((origin) => origin.trim());
  if (!all.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)) {
    throw new EnvError("expected origins as browsers send them, e.g. https://pay.example, with commas between");
  }
  return all;
});

/** What names a key, where there are several: a bank, or a principal of the API. */
export const KEY_NAMES = { bank: BIC8, principal: "^[\\x21-\\x7e]{1,255}$" } as const;

/** Of each of several keys, JSON by name: `{"FAASTHB1":"0x…"}`. */
const byName = <T extends TSchema>(pattern: string, of: T) =>
  jsonOf(Type.Record(Type.String({ pattern }), of, { additionalProperties: false }));

export const keysByName = (pattern: string) => byName(pattern, Hex32);
export const addressesByName = (pattern: string) => byName(pattern, Type.String({ pattern: "^0x[0-9a-fA-F]{40}$" }));
export const passwordsByName = (pattern: string) => byName(pattern, Type.String());
export const keystoresByName = (pattern: string) => byName(pattern, Keystore);

/** A bank's sealing keys by version: `{"1":"0x…"}`. */
export const keysByVersion = jsonOf(
  Type.Record(Type.String({ pattern: "^[1-9][0-9]{0,4}$" }), Hex32, {
    additionalProperties: false,
    minProperties: 1,
  }),
);

/** Banks whose statements are read. */
export const bankList = jsonOf(
  Type.Array(
    Type.Object(
      {
        bank: Type.String({ pattern: BIC8 }),
        url: Type.String({ pattern: "^https?://" }),
        token: Type.String({ minLength: 1 }),
      },
      { additionalProperties: false },
    ),
    { minItems: 1 },
  ),
);

/** Functions to register: see `FunctionRow`. */
export const functionList = jsonOf(
  Type.Array(
    Type.Object({
      name: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,62}$" }),
      url: Type.String({ pattern: "^https?://" }),
      secret: Type.String({ pattern: WEBHOOK_SECRET }),
      types: Type.Array(Type.String({ pattern: "^eventmachine\\." }), { minItems: 1 }),
      payerBank: Type.Optional(Type.String({ pattern: BIC8 })),
      payeeBank: Type.Optional(Type.String({ pattern: BIC8 })),
      batchSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
      concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
    }),
  ),
);
