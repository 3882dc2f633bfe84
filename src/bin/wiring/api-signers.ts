import { openSigner } from "../../chain/signing/open-signer.js";
import type { TransactionSigner } from "../../chain/signing/transaction-signer.js";
import type { readApiConfig } from "../../config/config.js";
import type { KeySource } from "../../domain/key-source.js";

/** The keys that the API signs with: its own, the banks' accounts operators', the arbiters' and those of the banks' people. */
export async function openApiSigners(
  config: Pick<
    ReturnType<typeof readApiConfig>,
    "initiatorKey" | "accountsOperatorKeys" | "arbiterKeys" | "outcomesOperatorKeys"
  >,
) {
  return {
    initiator: await openSigner(config.initiatorKey),
    operators: await openSigners(config.accountsOperatorKeys),
    arbiters: await openSigners(config.arbiterKeys),
    people: await openSigners(config.outcomesOperatorKeys),
  };
}

/** One after another: opening a keystore takes a core and much memory for a second or two. */
async function openSigners(keys: ReadonlyMap<string, KeySource>): Promise<ReadonlyMap<string, TransactionSigner>> {
  const signers = new Map<string, TransactionSigner>();
  for (const [name, source] of keys) signers.set(name, await openSigner(source));
  return signers;
}
