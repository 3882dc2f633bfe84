import type { ApiDeps } from "../../src/api/deps.js";
import type { TransferBody } from "../../src/api/http/schemas.js";
import { createMissBudget } from "../../src/api/phone-accounts/lookup-throttle.js";
import { startTransfer } from "../../src/api/transfers/start-transfer.js";
import { createAccountDirectory, createBankDirectory } from "../../src/chain/contracts/directories.js";
import { DEFAULT_FEE_POLICY } from "../../src/chain/sending/fees.js";
import { createStartSender } from "../../src/chain/sending/transition-senders.js";
import { createLocalSigner } from "../../src/chain/signing/local-signer.js";
import { createSealer } from "../../src/domain/sealing.js";
import { createJournal } from "../../src/store/transfers/journal.js";
import { createTransferReader } from "../../src/store/transfers/transfer-reader.js";
import { createStarter } from "../../src/submission/start-submitter.js";
import { ORGANISATION } from "./chain-setup.js";
import { connect, SENDER } from "./roles.js";
import type { World } from "./world.js";

export const API = "api";
const HOUR_SECONDS = 3_600;
// As the service does.
const START_PACE_MS = 60;

/** The API's own work, without its HTTP: accepting starts, and bringing them to the chain. */
export function startApi(world: World) {
  let accept: ((body: TransferBody, key: string) => Promise<string>) | undefined;

  world.start(API, async () => {
    const { base, plants } = world;
    accept = undefined;
    const logger = world.logger.child({ role: API });
    const chain = connect(world, API);
    const db = world.store.open();
    const { deployment } = base;
    const journal = plants.journal?.(createJournal(db, deployment.domain)) ?? createJournal(db, deployment.domain);
    // Nobody waits for a transfer here, so nothing has to be listened for.
    const transfers = createTransferReader(db, () => () => undefined);
    const signer = createLocalSigner(base.initiatorKey);
    const sender = createStartSender(
      { signer, provider: chain.provider, deployment, logger },
      { ...SENDER, paceMs: START_PACE_MS },
    );
    const starter = createStarter({
      journal,
      chain,
      finality: world.finality,
      sender,
      initiator: { address: signer.address, organisation: ORGANISATION },
      logger,
    });
    // What starting a transfer needs; nothing else of the API is asked for anything here.
    const deps = {
      logger,
      network: { domain: deployment.domain, chainId: deployment.chainId, organisation: ORGANISATION },
      journal,
      transfers,
      accounts: createAccountDirectory({ chain, logger }, new Map(), DEFAULT_FEE_POLICY),
      banks: createBankDirectory(chain, new Map(), () => performance.now()),
      starter,
      aliasKey: { version: 1, secret: base.aliasKey },
      sealer: createSealer(),
      fieldKey: base.aliasKey,
      clock: () => Date.now(),
    } as unknown as ApiDeps;
    const rules = {
      misses: createMissBudget(() => performance.now(), { missesMax: 1_000, windowMs: 60_000 }),
      deadlines: { defaultSeconds: HOUR_SECONDS },
    };
    const principal = { id: "client", scopes: ["transfers:write"] as const, payers: "any" as const, expiresAt: null };
    accept = async (body, idempotencyKey) => {
      const { known } = await startTransfer(deps, rules, { principal, idempotencyKey }, body);
      return known.entry?.transferId ?? known.view?.id ?? "";
    };
  });

  return {
    /** Asks the API as it is now. Never answers if it is killed meanwhile, nor while it is down. */
    accept(body: TransferBody, key: string): Promise<string> {
      const process = world.running.get(API);
      const doIt = accept;
      if (process === undefined || process.dead || process.stopped || doIt === undefined) return new Promise(() => undefined);
      return world.scheduler.as(process, () => doIt(body, key));
    },
  };
}
