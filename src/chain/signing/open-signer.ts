import { decryptKeystoreJson, isError } from "ethers";
import { AppError } from "../../domain/app-error.js";
import type { KeySource } from "../../domain/key-source.js";
import { createLocalSigner } from "./local-signer.js";
import { createRemoteSigner } from "./remote-signer.js";
import type { TransactionSigner } from "./transaction-signer.js";

/**
 * Makes a signer of a key, wherever it is. A keystore takes a second or two to decrypt, on purpose.
 * @throws AppError `config-invalid` for a keystore that cannot be opened; what {@link createRemoteSigner} throws.
 */
export async function openSigner(source: KeySource): Promise<TransactionSigner> {
  switch (source.kind) {
    case "private-key":
      return createLocalSigner(source.privateKey);
    case "keystore":
      return await openKeystore(source.keystore, source.password);
    case "remote":
      return await createRemoteSigner(source.url, source.address);
  }
}

async function openKeystore(keystore: string, password: string): Promise<TransactionSigner> {
  try {
    const { privateKey } = await decryptKeystoreJson(keystore, password);
    return createLocalSigner(privateKey);
  } catch (error) {
    // Neither the cause nor its text goes on: it was told the keystore and the password.
    const wrong = isError(error, "INVALID_ARGUMENT") && error.argument === "password";
    throw new AppError(
      "config-invalid",
      wrong
        ? "A keystore cannot be opened: the password is wrong. Check the file that …_KEYSTORE_PASSWORD_FILE names."
        : "A keystore cannot be opened: it is no Web3 Secret Storage of version 3, or is damaged. Check …_KEYSTORE_FILE.",
    );
  }
}
