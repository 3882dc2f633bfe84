import { hexlify, Wallet } from "ethers";
import { bytesFromHex } from "../../src/domain/hex.js";
import { aliasId } from "../../src/domain/ids.js";
import { sealAccount } from "../../src/domain/sealed-account.js";
import { createSealer } from "../../src/domain/sealing.js";
import type { BankClient } from "./bank-client.js";
import type { System } from "./stack.js";

// The version of every key in a stack that is new.
const KEY_VERSION = 1;
const KEY_BYTES = 32;

/** Moves a phone number's entry, as its banks' own systems do: the holder releases it, and a bank registers it for an account of its own. */
export async function moveEntry(
  system: System,
  of: { phone: string; from: BankClient; to: BankClient; account: string },
): Promise<void> {
  const { chain, secretsOf, stack } = system;
  const secret = bytesFromHex(stack.secrets.aliasKey, KEY_BYTES);
  const alias = aliasId({ version: KEY_VERSION, secret }, of.phone);
  const operatorOf = (bank: BankClient) => new Wallet(secretsOf(bank).accountsOperatorKey, chain.provider);
  const recipient = { bank: of.to.id, keyVersion: KEY_VERSION, publicKey: secretsOf(of.to).sealing.publicKey };
  const sealed = await sealAccount(createSealer(), recipient, { aliasId: alias, bank: of.to.id, account: of.account });

  await (await chain.phoneAccounts.connect(operatorOf(of.from)).release(alias)).wait();
  await (await chain.phoneAccounts.connect(operatorOf(of.to)).register(alias, hexlify(sealed))).wait();
}
