import { spawn } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { inheritedEnvironment } from "../../src/config/config.js";
import { cloudEventId } from "../../src/watcher/deliver/cloud-event.js";
import { violations } from "../system/oracle.js";
import { accountForms, phoneForms } from "../system/privacy/canary-forms.js";
import { createScanner } from "../system/privacy/scanner.js";
import { secretForms } from "../system/privacy/secret-forms.js";
import { readChainTexts, readLogTexts, readMetricsTexts, readStoreTexts, readTraceTexts } from "../system/privacy/sources.js";
import { takeSnapshot } from "../system/snapshot.js";
import type { System } from "../system/stack.js";
import type { LaterHolder } from "./machine.js";
import {
  type ChainFact,
  deliveryViolations,
  holderViolations,
  keyViolations,
  nonceViolations,
  type RebuildFacts,
  rebuildViolations,
  streamViolations,
} from "./oracle.js";
import type { Recorder } from "./recorder.js";
import type { startStreamReader } from "./stream-reader.js";

const REST_LIMIT_MS = 300_000;
const POLL_MS = 500;
// What comes out at rest, the stream tells within this time.
const STREAM_SETTLES_MS = 3_000;

/** Waits until a healed system has come to rest, and looks whether I1 to I11 hold: at the chain, the banks, the API and the store. */
export async function auditSystem(
  system: System,
  witness: {
    promised: ReadonlyMap<string, ReadonlySet<string>>;
    recorder: Recorder;
    reader: ReturnType<typeof startStreamReader>;
    watchers: readonly string[];
    laterHolders: readonly LaterHolder[];
  },
): Promise<{ violations: string[]; connections: number }> {
  const restless = await untilAtRest(system);
  await sleep(STREAM_SETTLES_MS);
  const { told, connections } = await witness.reader.finish();
  if (restless.length > 0) return { violations: restless, connections };
  const snapshot = await takeSnapshot(system);
  const { chainId } = system.chain.deployment;
  const happened = snapshot.chain.filter(({ refusal }) => refusal === undefined);
  const facts = happened.map((event): ChainFact => ({ id: cloudEventId(chainId, event), type: event.type }));
  const pending = (await system.chain.provider.send("eth_pendingTransactions", [])) as { from: string; nonce: string }[];
  return {
    connections,
    violations: [
      ...violations(snapshot),
      ...deliveryViolations(facts, witness.recorder),
      ...keyViolations(witness.promised),
      ...nonceViolations(pending),
      ...holderViolations(await readHolders(system, witness.laterHolders)),
      ...(await privacyViolations(system)),
      ...streamViolations(told, facts),
      ...(await rebuildProjection(system, witness.watchers)),
    ],
  };
}

/** I3: nothing is left to do. */
async function untilAtRest({ store }: System): Promise<string[]> {
  const until = performance.now() + REST_LIMIT_MS;
  let left: Record<string, unknown> | undefined;
  while (performance.now() < until) {
    [left] = await store
      .query(
        `select (select count(*) from journal where status = 'accepted')::int as journal,
         (select count(*) from transfers where state in ('STARTED', 'PENDING', 'REVERSING'))::int as open,
         (select count(*) from retries where status = 'waiting')::int as retries,
         (select count(*) from functions where position is null or position < (select sequence from cursor))::int as behind,
         (select count(*) from (select 1 where not exists (select from cursor)) none)::int as unbegun`,
      )
      .catch(() => [undefined]);
    if (left !== undefined && Object.values(left).every((count) => count === 0)) return [];
    await sleep(POLL_MS);
  }
  return [`ends: not at rest within ${REST_LIMIT_MS} ms: ${JSON.stringify(left)}`];
}

async function readHolders({ payerBank, payeeBank }: System, holders: readonly LaterHolder[]) {
  const bankOf = ({ bank }: LaterHolder) => (bank === "payers'" ? payerBank : payeeBank);
  return await Promise.all(
    holders.map(async (holder) => ({ account: holder.account, balanceMinor: await bankOf(holder).balance(holder.account) })),
  );
}

/** I9. */
async function privacyViolations(system: System): Promise<string[]> {
  const { stack, store, customers } = system;
  const outside = [
    ...(await readChainTexts(system)),
    ...(await readLogTexts(stack.dataDir)),
    ...(await readMetricsTexts(stack)),
    ...readTraceTexts(system),
  ];
  const stored = await readStoreTexts(store);
  const people = customers.flatMap(({ phone, account }) => [...phoneForms(phone), ...accountForms(account)]);
  const found = [
    ...[...outside, ...stored].flatMap(createScanner(people)),
    ...outside.flatMap(createScanner(secretForms(stack.secrets, { inStore: true }))),
    ...stored.flatMap(createScanner(secretForms(stack.secrets, { inStore: false }))),
  ];
  // The form's name would repeat what must appear nowhere.
  return [...new Set(found.map(({ where }) => `privacy: something private is in ${where}`))];
}

/** I11, as an operator does it: every watcher is stopped, the projection thrown away, and the watchers are started again. */
async function rebuildProjection(system: System, watchers: readonly string[]): Promise<string[]> {
  const before = await readRebuildFacts(system);
  for (const name of watchers) await system.kill(name);
  const code = await throwAway(system.stack.databaseUrl);
  if (code !== 0) return [`rebuild: npm run rebuild ended with ${code}`];
  for (const name of watchers) await system.stack.restart(name);
  const restless = await untilAtRest(system);
  return [...restless, ...rebuildViolations(before, await readRebuildFacts(system))];
}

async function throwAway(databaseUrl: string): Promise<number | null> {
  // Those that were killed hold the lease until it runs out.
  for (let tries = 0; ; tries += 1) {
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/ops/rebuild.ts"], {
      env: { ...inheritedEnvironment(), DATABASE_URL: databaseUrl },
      stdio: "ignore",
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    if (code === 0 || tries === 10) return code;
    await sleep(POLL_MS);
  }
}

async function readRebuildFacts({ store, payerBank, payeeBank }: System): Promise<RebuildFacts> {
  const rows = await store.query(
    `select to_jsonb(t) as row from transfers t union all select to_jsonb(e) - 'observed_at' from events e order by 1`,
  );
  const entries = await Promise.all([payerBank, payeeBank].map((bank) => bank.entries()));
  return { projection: JSON.stringify(rows), postings: entries.flat().length };
}
