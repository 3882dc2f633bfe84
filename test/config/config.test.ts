import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  readApiConfig,
  readBankSimulatorConfig,
  readFunctionConfig,
  readOrganisationConfig,
  readWatcherConfig,
} from "../../src/config/config.js";
import type { Environment } from "../../src/config/parse-environment.js";
import { AppError } from "../../src/domain/app-error.js";

const KEY = `0x${"5ec3e7".repeat(10)}abcd`;
const SECRET = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
const COMMON = { PORT: "8080", CHAIN_RPC_URL: "http://127.0.0.1:8545", DEPLOYMENT_FILE: "deployment.json" };
const WATCHER = { ...COMMON, DATABASE_URL: "postgresql://u:p@h/d", FUNCTION_SECRET_KEYS: JSON.stringify({ 1: KEY }) };
const FUNCTION = {
  ...COMMON,
  BANK_ID: "FAASTHB1",
  BANK_URL: "https://bank.example",
  BANK_TOKEN: "token",
  OPERATOR_PRIVATE_KEY: KEY,
  SEALING_PRIVATE_KEYS: JSON.stringify({ 1: KEY }),
  WEBHOOK_SECRET: SECRET,
};
const REGISTERED = {
  name: "debit",
  url: "http://f/",
  secret: SECRET,
  types: ["eventmachine.transfer.started"],
  payerBank: "FAASTHB1",
};

describe("the configuration", () => {
  /** The problems listed, one a variable. */
  function problems(read: (environment: Environment) => unknown, environment: Environment): string[] {
    try {
      read(environment);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      expect(error.code).to.equal("config-invalid");
      return error.message
        .split("\n")
        .slice(1)
        .map((line) => line.trim());
    }
    return [];
  }

  it("asks for what the kind of bank needs", () => {
    const { BANK_TOKEN: _token, ...web } = { ...FUNCTION, BANK_KIND: "web" };
    const needed = ["BANK_USER: is missing", "BANK_PASSWORD: is missing", "DATABASE_URL: is missing"];
    expect(problems(readFunctionConfig, web)).to.deep.equal(needed);
    const complete = { ...web, BANK_USER: "u", BANK_PASSWORD: "p", DATABASE_URL: "postgresql://u:p@h/d" };
    expect(readFunctionConfig(complete)).to.include({
      BANK_KIND: "web",
      CHROMIUM_PATH: "/usr/bin/chromium",
      BANK_SESSIONS_MAX: 2,
    });
  });

  it("is read with its defaults, and frozen", () => {
    const config = readWatcherConfig(WATCHER);
    expect(config).to.deep.include({
      LOG_LEVEL: "info",
      HOST: "127.0.0.1",
      PORT: 8080,
      CONFIRMATIONS: { confirmations: 0 },
      FUNCTIONS: [],
      POLL_INTERVAL_MS: 500,
      REBUILD_ON_FOREIGN_CHAIN: false,
    });
    expect(Object.isFrozen(config)).to.equal(true);
  });

  it("knows the nodes' limits of one transaction, which a setting changes", () => {
    const limits = { MAX_TRANSACTION_BYTES: 131_072, MAX_TRANSACTION_FEE_WEI: 10n ** 18n };
    expect(readFunctionConfig(FUNCTION)).to.include(limits);
    expect(readFunctionConfig({ ...FUNCTION, MAX_TRANSACTION_BYTES: "65536", MAX_TRANSACTION_FEE_WEI: "0" })).to.include({
      MAX_TRANSACTION_BYTES: 65_536,
      MAX_TRANSACTION_FEE_WEI: 0n,
    });
    expect(problems(readFunctionConfig, { ...FUNCTION, MAX_TRANSACTION_FEE_WEI: "1e18" })).to.have.length(1);
  });

  it("asks for an organisation's admin's key only where something is to be written", () => {
    const given = { CHAIN_RPC_URL: COMMON.CHAIN_RPC_URL, DEPLOYMENT_FILE: COMMON.DEPLOYMENT_FILE, ORGANISATION: "demo" };
    expect(readOrganisationConfig({ needsKey: false }, given)).to.include({ ORGANISATION: "demo", adminKey: undefined });
    expect(problems((environment) => readOrganisationConfig({ needsKey: true }, environment), given)).to.have.length(1);
    const config = readOrganisationConfig({ needsKey: true }, { ...given, ADMIN_PRIVATE_KEY: KEY });
    expect(config.adminKey).to.deep.equal({ kind: "private-key", privateKey: KEY });
  });

  it("takes one node, or several with commas between", () => {
    expect(readWatcherConfig(WATCHER).CHAIN_RPC_URL).to.deep.equal(["http://127.0.0.1:8545"]);
    const two = { ...WATCHER, CHAIN_RPC_URL: "http://one:8545, https://two/key, ws://three:8546,wss://four" };
    expect(readWatcherConfig(two).CHAIN_RPC_URL).to.deep.equal([
      "http://one:8545",
      "https://two/key",
      "ws://three:8546",
      "wss://four",
    ]);
  });

  it("lists every problem at once", () => {
    expect(problems(readFunctionConfig, { PORT: "80 80", BANK_ID: "faasthb1" })).to.deep.equal([
      "PORT: expected a port, 0 to 65535",
      "CHAIN_RPC_URL: is missing",
      "DEPLOYMENT_FILE: is missing",
      "BANK_ID: expected a BIC of eight characters in upper case",
      "BANK_URL: is missing",
      "SEALING_PRIVATE_KEYS: is missing",
      "WEBHOOK_SECRET: is missing",
      "OPERATOR_PRIVATE_KEY: is missing; or give OPERATOR_KEYSTORE and its password, or OPERATOR_SIGNER_URL and the address there",
      "BANK_TOKEN: is missing",
    ]);
  });

  it("takes webhook secrets, or the word for a broker that drops signatures", () => {
    expect(readFunctionConfig(FUNCTION).WEBHOOK_SECRET).to.deep.equal([SECRET]);
    expect(readFunctionConfig({ ...FUNCTION, WEBHOOK_SECRET: "unsigned" }).WEBHOOK_SECRET).to.equal("unsigned");
    expect(problems(readFunctionConfig, { ...FUNCTION, WEBHOOK_SECRET: `unsigned,${SECRET}` })).to.have.length(1);
  });

  it("takes an empty variable for one that is not set", () => {
    expect(readWatcherConfig({ ...WATCHER, HOST: "", FUNCTIONS: "" })).to.deep.include({ HOST: "127.0.0.1", FUNCTIONS: [] });
    expect(problems(readWatcherConfig, { ...WATCHER, DATABASE_URL: "" })).to.deep.equal(["DATABASE_URL: is missing"]);
  });

  describe("from files", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "config-test-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    it("takes a variable from the file that its _FILE names, without the line's end", () => {
      const file = join(folder, "token");
      writeFileSync(file, "from a file\n");
      const { BANK_TOKEN: _token, ...rest } = FUNCTION;
      expect(readFunctionConfig({ ...rest, BANK_TOKEN_FILE: file }).BANK_TOKEN).to.equal("from a file");
    });

    it("names the file that cannot be read, once, beside the other problems", () => {
      const environment = { ...FUNCTION, BANK_TOKEN_FILE: join(folder, "none"), PORT: "x" };
      expect(problems(readFunctionConfig, environment)).to.deep.equal([
        `BANK_TOKEN_FILE: the file ${join(folder, "none")} cannot be read`,
        "PORT: expected a port, 0 to 65535",
      ]);
    });
  });

  const MARK = "5ec3e7";
  const bad: [string, (environment: Environment) => unknown, Environment, string, string][] = [
    ["a log level", readWatcherConfig, WATCHER, "LOG_LEVEL", MARK],
    ["a flag", readWatcherConfig, WATCHER, "REBUILD_ON_FOREIGN_CHAIN", MARK],
    [
      "a flag in other words",
      readBankSimulatorConfig,
      { PORT: "1", BANK_ID: "FAASTHB1", BANK_TOKEN: "t", LEDGER_FILE: "f" },
      "FAULTS_ENABLED",
      "1",
    ],
    ["a port", readWatcherConfig, WATCHER, "PORT", "65536"],
    ["a poll interval of nothing", readWatcherConfig, WATCHER, "POLL_INTERVAL_MS", "0"],
    ["pages of no blocks", readWatcherConfig, WATCHER, "MAX_PAGE_BLOCKS", "0"],
    ["a sweep without end", readWatcherConfig, WATCHER, "SWEEP_AFTER_MS", "0"],
    ["a statement without a token", readWatcherConfig, WATCHER, "RECONCILE_BANKS", '[{"bank":"FAASTHB1","url":"http://b"}]'],
    ["a fraction", readWatcherConfig, WATCHER, "POLL_INTERVAL_MS", "1.5"],
    ["another scheme", readWatcherConfig, WATCHER, "CHAIN_RPC_URL", `ftp://${MARK}@host`],
    ["a list of nodes with one of another scheme", readWatcherConfig, WATCHER, "CHAIN_RPC_URL", `http://a:1,ftp://${MARK}@host`],
    ["a node that is named twice", readWatcherConfig, WATCHER, "CHAIN_RPC_URL", `http://${MARK}:1,http://${MARK}:1`],
    ["a finality", readWatcherConfig, WATCHER, "CONFIRMATIONS", "latest"],
    ["negative confirmations", readWatcherConfig, WATCHER, "CONFIRMATIONS", "-1"],
    ["a short key", readFunctionConfig, FUNCTION, "OPERATOR_PRIVATE_KEY", `0x${MARK}`],
    ["a key by a name that is no version", readFunctionConfig, FUNCTION, "SEALING_PRIVATE_KEYS", JSON.stringify({ [KEY]: KEY })],
    ["a malformed key by version", readFunctionConfig, FUNCTION, "SEALING_PRIVATE_KEYS", JSON.stringify({ 1: MARK })],
    ["no key at all", readFunctionConfig, FUNCTION, "SEALING_PRIVATE_KEYS", "{}"],
    ["no JSON", readFunctionConfig, FUNCTION, "SEALING_PRIVATE_KEYS", `{${MARK}`],
    ["a short secret", readFunctionConfig, FUNCTION, "WEBHOOK_SECRET", `whsec_${MARK}`],
    [
      "a function with a bad secret",
      readWatcherConfig,
      WATCHER,
      "FUNCTIONS",
      JSON.stringify([{ ...REGISTERED, secret: `whsec_${MARK}` }]),
    ],
    ["a function with no types", readWatcherConfig, WATCHER, "FUNCTIONS", JSON.stringify([{ ...REGISTERED, types: [] }])],
    [
      "a function of a bank that is none",
      readWatcherConfig,
      WATCHER,
      "FUNCTIONS",
      JSON.stringify([{ ...REGISTERED, payerBank: MARK }]),
    ],
    [
      "a function with a batch of nothing",
      readWatcherConfig,
      WATCHER,
      "FUNCTIONS",
      JSON.stringify([{ ...REGISTERED, batchSize: 0 }]),
    ],
  ];
  for (const [what, read, environment, name, value] of bad) {
    it(`refuses ${what}, and does not repeat it`, () => {
      const found = problems(read, { ...environment, [name]: value });
      expect(found).to.have.length(1);
      expect(found[0])
        .to.match(new RegExp(`^${name}: `))
        .and.not.include(MARK);
    });
  }

  it("takes no issuer's tokens without knowing issuer and audience, nor origins that no browser sends", () => {
    const api = { ...WATCHER, ORGANISATION: "o", INITIATOR_PRIVATE_KEY: KEY, ALIAS_KEY: KEY, JOURNAL_FIELD_KEY: KEY };
    expect(
      problems(readApiConfig, { ...api, OIDC_JWKS_URL: "https://id.example/jwks", CORS_ORIGINS: "https://a.example/" }),
    ).to.have.members([
      "CORS_ORIGINS: expected origins as browsers send them, e.g. https://pay.example, with commas between",
      "OIDC_ISSUER: is missing beside OIDC_JWKS_URL",
      "OIDC_AUDIENCE: is missing beside OIDC_JWKS_URL",
    ]);
    const oidc = { OIDC_JWKS_URL: "https://id.example/jwks", OIDC_ISSUER: "https://id.example/", OIDC_AUDIENCE: "us" };
    expect(readApiConfig({ ...api, ...oidc, CORS_ORIGINS: "https://a.example, http://b:1" }).CORS_ORIGINS).to.deep.equal([
      "https://a.example",
      "http://b:1",
    ]);
  });

  it("takes some of the kinds of lines and of tokens, and no others", () => {
    const api = { ...WATCHER, ORGANISATION: "o", INITIATOR_PRIVATE_KEY: KEY, ALIAS_KEY: KEY, JOURNAL_FIELD_KEY: KEY };
    const { PHONE_TYPES, OIDC_TOKEN_TYPES } = readApiConfig(api);
    expect([PHONE_TYPES, OIDC_TOKEN_TYPES]).to.deep.equal([["mobile", "fixed-line"], ["at+jwt"]]);
    expect(readApiConfig({ ...api, PHONE_TYPES: "voip, mobile" }).PHONE_TYPES).to.have.members(["mobile", "voip"]);
    expect(problems(readApiConfig, { ...api, PHONE_TYPES: "pager", OIDC_TOKEN_TYPES: "at+jwt,at+jwt" })).to.have.length(2);
  });

  it("refuses keys of a bank that is none, and repeats none of them", () => {
    const api = { ...WATCHER, ORGANISATION: "o", INITIATOR_PRIVATE_KEY: KEY, ALIAS_KEY: KEY, JOURNAL_FIELD_KEY: KEY };
    expect(problems(readApiConfig, api)).to.deep.equal([]);
    const [problem] = problems(readApiConfig, { ...api, ACCOUNTS_OPERATOR_PRIVATE_KEYS: JSON.stringify({ [KEY]: "FAASTHB1" }) });
    expect(problem)
      .to.match(/^ACCOUNTS_OPERATOR_PRIVATE_KEYS: /)
      .and.not.include(MARK);
  });

  it("takes several webhook secrets, while one is being rotated out", () => {
    const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    expect(readFunctionConfig({ ...FUNCTION, WEBHOOK_SECRET: `${other}, ${SECRET}` }).WEBHOOK_SECRET).to.deep.equal([
      other,
      SECRET,
    ]);
    expect(problems(readFunctionConfig, { ...FUNCTION, WEBHOOK_SECRET: `${other},` })).to.have.length(1);
  });

  it("takes keys of functions' secrets by version, and one of these versions to seal with", () => {
    const two = { ...WATCHER, FUNCTION_SECRET_KEYS: JSON.stringify({ 1: KEY, 12: KEY }) };
    expect(problems(readWatcherConfig, { ...WATCHER, FUNCTION_SECRET_KEYS: "" })).to.deep.equal([
      "FUNCTION_SECRET_KEYS: is missing",
    ]);
    expect(readWatcherConfig({ ...two, FUNCTION_SECRET_KEY_VERSION: "12" }).FUNCTION_SECRET_KEY_VERSION).to.equal(12);
    expect(problems(readWatcherConfig, { ...two, FUNCTION_SECRET_KEY_VERSION: "2" })).to.deep.equal([
      "FUNCTION_SECRET_KEY_VERSION: is the version of no key in FUNCTION_SECRET_KEYS",
    ]);
  });

  it("takes what is right", () => {
    expect(readFunctionConfig({ ...FUNCTION, CONFIRMATIONS: "finalized" })).to.deep.include({
      CONFIRMATIONS: { tag: "finalized" },
      SEALING_PRIVATE_KEYS: { 1: KEY },
    });
    expect(readWatcherConfig({ ...WATCHER, CONFIRMATIONS: "12", FUNCTIONS: JSON.stringify([REGISTERED]) })).to.deep.include({
      CONFIRMATIONS: { confirmations: 12 },
      FUNCTIONS: [REGISTERED],
    });
  });
});
