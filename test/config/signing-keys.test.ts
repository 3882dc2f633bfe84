import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readApiConfig, readFunctionConfig } from "../../src/config/config.js";
import type { Environment } from "../../src/config/parse-environment.js";
import { AppError } from "../../src/domain/app-error.js";

const KEY = `0x${"5ec3e7".repeat(10)}abcd`;
const ADDRESS = `0x${"ab".repeat(20)}`;
const COMMON = { PORT: "8080", CHAIN_RPC_URL: "http://127.0.0.1:8545", DEPLOYMENT_FILE: "deployment.json" };
const FUNCTION = {
  ...COMMON,
  BANK_ID: "FAASTHB1",
  BANK_URL: "https://bank.example",
  BANK_TOKEN: "token",
  SEALING_PRIVATE_KEYS: JSON.stringify({ 1: KEY }),
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 9).toString("base64")}`,
};
const API = {
  ...COMMON,
  DATABASE_URL: "postgresql://h/d",
  ORGANISATION: "o",
  ALIAS_KEY: KEY,
  JOURNAL_FIELD_KEY: KEY,
  FUNCTION_SECRET_KEYS: JSON.stringify({ 1: KEY }),
};
const KEYSTORE = JSON.stringify({ version: 3, crypto: {} });

describe("the keys that sign", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "keys-test-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function file(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }

  it("are given in the clear, as a keystore with its password from files, or as an address at a signer", () => {
    expect(readFunctionConfig({ ...FUNCTION, OPERATOR_PRIVATE_KEY: KEY }).operatorKey).to.deep.equal({
      kind: "private-key",
      privateKey: KEY,
    });
    const files = {
      OPERATOR_KEYSTORE_FILE: file("keystore", KEYSTORE),
      OPERATOR_KEYSTORE_PASSWORD_FILE: file("password", "p w\n"),
    };
    expect(readFunctionConfig({ ...FUNCTION, ...files }).operatorKey).to.deep.equal({
      kind: "keystore",
      keystore: KEYSTORE,
      password: "p w",
    });
    const signer = { OPERATOR_SIGNER_URL: "http://signer:9000", OPERATOR_SIGNER_ADDRESS: ADDRESS };
    expect(readFunctionConfig({ ...FUNCTION, ...signer }).operatorKey).to.deep.equal({
      kind: "remote",
      url: "http://signer:9000",
      address: ADDRESS,
    });
  });

  it("may differ in the way from bank to bank", () => {
    const { accountsOperatorKeys } = readApiConfig({
      ...API,
      INITIATOR_PRIVATE_KEY: KEY,
      ACCOUNTS_OPERATOR_PRIVATE_KEYS: JSON.stringify({ FAASTHB1: KEY }),
      ACCOUNTS_OPERATOR_KEYSTORES: `{"WHSKTHB1":${KEYSTORE}}`,
      ACCOUNTS_OPERATOR_KEYSTORE_PASSWORDS: JSON.stringify({ WHSKTHB1: "secret" }),
      ACCOUNTS_OPERATOR_SIGNER_URL: "https://signer",
      ACCOUNTS_OPERATOR_SIGNER_ADDRESSES: JSON.stringify({ ABCDTHB1: ADDRESS }),
    });
    expect(Object.fromEntries(accountsOperatorKeys)).to.deep.equal({
      FAASTHB1: { kind: "private-key", privateKey: KEY },
      WHSKTHB1: { kind: "keystore", keystore: KEYSTORE, password: "secret" },
      ABCDTHB1: { kind: "remote", url: "https://signer", address: ADDRESS },
    });
  });

  const refused: [string, Environment, string][] = [
    ["no key", {}, "OPERATOR_PRIVATE_KEY: is missing"],
    [
      "two ways",
      { OPERATOR_PRIVATE_KEY: KEY, OPERATOR_KEYSTORE: KEYSTORE, OPERATOR_KEYSTORE_PASSWORD: "p" },
      "OPERATOR_KEYSTORE: ",
    ],
    ["a keystore without its password", { OPERATOR_KEYSTORE: KEYSTORE }, "OPERATOR_KEYSTORE_PASSWORD: "],
    ["a signer without an address", { OPERATOR_SIGNER_URL: "http://s" }, "OPERATOR_SIGNER_ADDRESS: "],
    [
      "a keystore of another version",
      { OPERATOR_KEYSTORE: '{"version":1}', OPERATOR_KEYSTORE_PASSWORD: "p" },
      "OPERATOR_KEYSTORE: ",
    ],
    [
      "a password in the signer's URL",
      { OPERATOR_SIGNER_URL: "http://u:5ec3e7@s", OPERATOR_SIGNER_ADDRESS: ADDRESS },
      "OPERATOR_SIGNER_URL: ",
    ],
    ["a fee cap that is no number", { OPERATOR_PRIVATE_KEY: KEY, MAX_FEE_PER_GAS_WEI: "5ec3e7" }, "MAX_FEE_PER_GAS_WEI: "],
  ];
  for (const [what, environment, problem] of refused) {
    it(`are refused: ${what}`, () => {
      expect(problems(() => readFunctionConfig({ ...FUNCTION, ...environment })))
        .to.have.length(1)
        .and.satisfy(([found = ""]: string[]) => found.startsWith(problem) && !found.includes("5ec3e7"));
    });
  }

  it("are refused when a bank's is given in two ways", () => {
    const twice = {
      ACCOUNTS_OPERATOR_PRIVATE_KEYS: JSON.stringify({ FAASTHB1: KEY }),
      ACCOUNTS_OPERATOR_SIGNER_URL: "https://signer",
      ACCOUNTS_OPERATOR_SIGNER_ADDRESSES: JSON.stringify({ FAASTHB1: ADDRESS }),
    };
    const found = problems(() => readApiConfig({ ...API, INITIATOR_PRIVATE_KEY: KEY, ...twice }));
    expect(found).to.deep.equal(["ACCOUNTS_OPERATOR_…: a bank's key is given in two ways"]);
  });

  function problems(read: () => unknown): string[] {
    try {
      read();
    } catch (error) {
      if (error instanceof AppError && error.code === "config-invalid") {
        return error.message
          .split("\n")
          .slice(1)
          .map((text) => text.trim());
      }
      throw error;
    }
    return [];
  }
});
