import { AppError } from "../../domain/app-error.js";
import { organisationToBytes } from "../../domain/ids.js";
import { type Chain, onChain } from "../connect-chain.js";

/**
 * Checks that an address belongs to an organisation on the chain. It then does so for ever, whether it may start transfers now or not:
 * what it starts has the organisation's ids.
 *
 * @throws AppError `config-invalid` where it belongs to another organisation, `chain-reverted` where it belongs to none yet.
 */
export async function assertInitiatorOf(chain: Chain, address: string, organisation: string): Promise<void> {
  const found = await onChain(() => chain.banks.initiatorOf(address));
  if (found.organisation === organisationToBytes(organisation)) return;
  if (BigInt(found.organisation) === 0n) {
    throw new AppError(
      "chain-reverted",
      `The initiator ${address} belongs to no organisation yet; the admin of "${organisation}" adds it by BankRepo.addInitiator.`,
    );
  }
  const name = Buffer.from(found.organisation.slice(2), "hex").toString("latin1").replace(/\0+$/, "");
  throw new AppError("config-invalid", `The initiator ${address} belongs to "${name}" on the chain, not to "${organisation}".`);
}
