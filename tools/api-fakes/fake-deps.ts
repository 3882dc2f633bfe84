import { Writable } from "node:stream";
import { pino } from "pino";
import type { ApiDeps, BankView, EventLog, HealthCheck } from "../../src/api/deps.js";
import type { FunctionView } from "../../src/api/function-ports.js";
import type { AccountWrite } from "../../src/chain/contracts/account-writer.js";
import type { Proposal, ResolutionWrite } from "../../src/chain/contracts/resolution-directory.js";
import { AppError } from "../../src/domain/app-error.js";
import { aliasId } from "../../src/domain/ids.js";
import { DEFAULT_PHONE_TYPES } from "../../src/domain/phone.js";
import type { ApiKeyView, Principal } from "../../src/domain/principal.js";
import {
  createOpener,
  createSealer,
  generateSealingKeyPair,
  type Opener,
  type SealingRecipient,
} from "../../src/domain/sealing.js";
import type { BankEvidenceView } from "../../src/domain/settlement.js";
import type { EventListQuery } from "../../src/domain/stored-event.js";
import type {
  JournalEntry,
  ListedTransfer,
  RefusalView,
  TransferEventView,
  TransferListQuery,
  TransferView,
} from "../../src/domain/transfer-record.js";
import { isFinal } from "../../src/domain/transfer-state.js";
import type { Activity } from "../../src/store/stats/activity.js";
import type { WorkInHand } from "../../src/store/stats/backlog.js";
import { createFakeApiKeys } from "./fake-api-keys.js";
import { FAKE_BOOKS, FAKE_CHANGES, fakeActivity, fakeWork } from "./fake-books.js";
import { createFakeFunctions } from "./fake-functions.js";
import { createFakeOutcomes, type FakeOutcomes } from "./fake-outcomes.js";
import { createFakeSessions } from "./fake-sessions.js";

export const PAYER_PHONE = "+66812345678";
export const PAYEE_PHONE = "+66898765432";
export const UNKNOWN_PHONE = "+66811111111";
export const PAYER_BANK = "FAASTHB1";
export const PAYEE_BANK = "WHSKTHB1";
export const DOMAIN = `0x${"d0".repeat(32)}`;
export const NOW_MS = Date.UTC(2026, 0, 31, 12);

const ALL_SCOPES = [
  "transfers:write",
  "transfers:read",
  "accounts:read",
  "accounts:write",
  "functions:read",
  "api-keys:read",
  "api-keys:write",
  "api-keys:write-any",
];

/** In-memory stand-ins for all that the API needs, open to a test's hands. */
export interface FakeDeps extends ApiDeps, FakeOutcomes {
  entries: Map<string, JournalEntry>;
  evidences: BankEvidenceView[];
  views: Map<string, TransferView>;
  eventLists: Map<string, TransferEventView[]>;
  refusalLists: Map<string, RefusalView[]>;
  directory: Map<string, { bank: string; version: number }>;
  registered: { bank: string; alias: string; sealed: Uint8Array }[];
  principals: Map<string, Principal>;
  recipients: Map<string, SealingRecipient>;
  openers: Map<string, Opener>;
  woken: string[];
  writes: (AccountWrite & { bank: string })[];
  proposals: Map<string, Proposal>;
  resolutionWrites: (ResolutionWrite & { principal: string })[];
  claims: Map<string, { bank: string; lapsesAt: Date }>;
  keys: Map<string, ApiKeyView>;
  /** What lists answer, and what they were asked. */
  listed: ListedTransfer[];
  listQueries: TransferListQuery[];
  eventPage: Awaited<ReturnType<EventLog["read"]>>;
  eventQueries: EventListQuery[];
  members: BankView[];
  registry: FunctionView[];
  checks: HealthCheck[];
  log(): string;
  alias(phone: string): string;
  /** Changes what the chain says of a transfer, and notifies. */
  setView(view: TransferView): void;
  /** Marks the journal's entry refused, and notifies. */
  refuse(id: string, refusal: NonNullable<JournalEntry["refusal"]>): void;
  nowMs: number;
  work: WorkInHand;
  activity: Activity;
  head: number;
  /** How often the statistics were read. */
  statsReads: number;
  /** Once set, every call of the store fails with it. */
  failure: unknown;
}

export async function createFakeDeps(): Promise<FakeDeps> {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const watchers = new Set<() => void>();
  const notify = () => [...watchers].map((watcher) => watcher());
  const check = () => {
    if (deps.failure !== undefined) throw deps.failure;
  };
  const deps: FakeDeps = {
    logger: pino({ level: "trace" }, stream),
    network: { domain: DOMAIN, chainId: "31337", contract: `0x${"c0".repeat(20)}`, organisation: "demo" },
    aliasKey: { version: 1, secret: new Uint8Array(32).fill(1) },
    phoneTypes: DEFAULT_PHONE_TYPES,
    fieldKey: new Uint8Array(32).fill(2),
    sealer: createSealer(),
    clock: () => deps.nowMs,
    monotonicMs: () => deps.nowMs,
    nowMs: NOW_MS,
    failure: undefined,
    entries: new Map(),
    views: new Map(),
    eventLists: new Map(),
    refusalLists: new Map(),
    directory: new Map(),
    registered: [],
    principals: new Map([
      ["alice-key", { id: "alice", scopes: ALL_SCOPES, payers: "any", expiresAt: null }],
      ["bob-key", { id: "bob", scopes: ALL_SCOPES, payers: "any", expiresAt: null }],
      ["reader-key", { id: "reader", scopes: ["transfers:read"], payers: [], expiresAt: null }],
      ["stats-key", { id: "stats", scopes: ["stats:read"], payers: [], expiresAt: null }],
      ["arbiter-key", { id: "arbiter-1", scopes: ["transfers:resolve"], payers: [], expiresAt: null }],
      ["person-key", { id: "person-1", scopes: ["transfers:report-outcome"], payers: [], expiresAt: null }],
      ["operator-key", { id: "operator", scopes: ["transfers:read-any"], payers: [], expiresAt: null }],
    ]),
    recipients: new Map(),
    writes: [],
    claims: new Map(),
    keys: new Map(),
    listed: [],
    listQueries: [],
    eventPage: { events: [], next: 0n, final: 0n },
    eventQueries: [],
    members: [],
    registry: [],
    openers: new Map(),
    woken: [],
    checks: [{ name: "chain", ok: true }],
    log: () => lines.join(""),
    alias: (phone) => aliasId(deps.aliasKey, phone),
    setView: (view) => {
      deps.views.set(view.id, view);
      notify();
    },
    refuse: (id, refusal) => {
      const entry = deps.entries.get(id);
      if (entry !== undefined) deps.entries.set(id, { ...entry, status: "refused", refusal });
      notify();
    },
    authenticate: async (token) => {
      check();
      return deps.principals.get(token ?? "");
    },
    journal: {
      insert: async (entry) => {
        check();
        if (deps.entries.has(entry.transferId) || deps.views.has(entry.transferId)) return false;
        deps.entries.set(entry.transferId, entry);
        return true;
      },
    },
    transfers: {
      find: async (id) => deps.views.get(id),
      known: async (id) => {
        check();
        const [entry, view] = [deps.entries.get(id), deps.views.get(id)];
        return { ...(entry && { entry }), ...(view && { view }) };
      },
      list: async (query) => {
        check();
        deps.listQueries.push(query);
        return deps.listed.slice(0, query.limit);
      },
      events: async (id, { after, limit }) =>
        (deps.eventLists.get(id) ?? []).filter(({ sequence }) => sequence > after).slice(0, limit),
      refusals: async (id, { after, limit }) =>
        (deps.refusalLists.get(id) ?? []).filter(({ sequence }) => sequence > after).slice(0, limit),
      whenFinal: (id, signal) =>
        new Promise((resolve) => {
          const done = () => {
            watchers.delete(look);
            resolve();
          };
          const look = () => {
            const state = deps.views.get(id)?.state;
            if ((state !== undefined && isFinal(state)) || deps.entries.get(id)?.status === "refused") done();
          };
          watchers.add(look);
          signal.addEventListener("abort", done);
          if (signal.aborted) done();
          else look();
        }),
    },
    accounts: {
      lookup: async (aliasIds) => aliasIds.map((alias) => deps.directory.get(alias)),
      register: async (bank, alias, sealed) => {
        if (deps.directory.has(alias)) throw new AppError("conflict", "A bank holds the number already.");
        deps.directory.set(alias, { bank, version: 1 });
        deps.registered.push({ bank, alias, sealed });
        return { version: 1, transactionHash: `0x${"7a".repeat(32)}` };
      },
      write: async (bank, what) => {
        deps.writes.push({ bank, ...what });
        return { version: 4, transactionHash: `0x${"7b".repeat(32)}` };
      },
      findClaim: async (alias) => deps.claims.get(alias),
    },
    banks: {
      sealingRecipient: async (bank) => deps.recipients.get(bank),
      operates: (bank) => bank === PAYER_BANK,
      find: async (bank) => deps.members.find((member) => member.bank === bank),
      list: async ({ after = "", limit } = { limit: deps.members.length }) =>
        deps.members.filter(({ bank }) => bank > after).slice(0, limit),
    },
    events: {
      read: async (query) => {
        check();
        deps.eventQueries.push(query);
        return deps.eventPage;
      },
      steps: async () => [],
      stream: async ({ after }) => ({ removed: [], events: [], next: after, more: false, resetTo: undefined }),
      streamHead: async () => {
        check();
        return { epoch: 0n, sequence: 41n };
      },
      onChange: () => () => undefined,
    },
    ...createFakeFunctions(() => deps.registry),
    sessions: createFakeSessions(
      () => deps.principals,
      () => deps.nowMs,
    ),
    apiKeys: createFakeApiKeys(() => deps),
    proposals: new Map(),
    resolutionWrites: [],
    evidence: {
      list: async () => deps.evidences,
      find: async (_id, digest) => {
        const known = deps.evidences.some(({ picture }) => picture?.digest === digest);
        return known ? { mediaType: "image/png", content: Buffer.from("a picture") } : undefined;
      },
    },
    evidences: [],
    ...createFakeOutcomes(() => deps),
    resolutions: {
      read: async (ids) => ids.map((id) => deps.proposals.get(id)),
      write: async (principal, what) => {
        deps.resolutionWrites.push({ principal, ...what });
        return { transactionHash: `0x${"7c".repeat(32)}` };
      },
    },
    starter: { wake: ({ transferId }) => void deps.woken.push(transferId) },
    health: { check: async () => deps.checks },
    stats: {
      work: async () => {
        check();
        deps.statsReads += 1;
        return deps.work;
      },
      activity: async () => deps.activity,
      changes: async () => FAKE_CHANGES,
      head: async () => deps.head,
    },
    books: FAKE_BOOKS,
    statsReads: 0,
    head: 57,
    work: fakeWork(),
    activity: fakeActivity(),
  };
  for (const [phone, bank] of [
    [PAYER_PHONE, PAYER_BANK],
    [PAYEE_PHONE, PAYEE_BANK],
  ] as const) {
    const pair = await generateSealingKeyPair();
    deps.recipients.set(bank, { bank, keyVersion: 1, publicKey: pair.publicKey });
    deps.openers.set(bank, createOpener(new Map([[1, pair.privateKey]])));
    deps.directory.set(deps.alias(phone), { bank, version: 3 });
  }
  return deps;
}
