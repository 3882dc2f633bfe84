import type { Logger } from "pino";
import type { Chain } from "../../chain/connect-chain.js";
import { createBankList } from "../../chain/contracts/bank-list.js";
import { createAccountDirectory, createBankDirectory } from "../../chain/contracts/directories.js";
import { createOutcomeDirectory } from "../../chain/contracts/outcome-directory.js";
import { createResolutionDirectory } from "../../chain/contracts/resolution-directory.js";
import type { Finality } from "../../chain/finality.js";
import type { FeePolicy } from "../../chain/sending/fees.js";
import type { openApiSigners } from "./api-signers.js";

/** The API's reads and writes on the chain beside transfers: phone accounts, banks, resolutions, outcomes. */
export function openDirectories(
  deps: { chain: Chain; logger: Logger },
  { operators, arbiters, people }: Awaited<ReturnType<typeof openApiSigners>>,
  { fees, finality }: { fees: FeePolicy; finality: Finality },
) {
  return {
    accounts: createAccountDirectory(deps, operators, fees),
    banks: { ...createBankDirectory(deps.chain, operators, () => performance.now()), ...createBankList(deps.chain, finality) },
    resolutions: createResolutionDirectory(deps, arbiters, fees),
    outcomes: createOutcomeDirectory(deps, people, fees),
  };
}
