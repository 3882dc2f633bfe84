import { globSync } from "node:fs";

/** Source files and the suites that are about them. The money path is every target but those marked otherwise. */
export interface Target {
  name: string;
  /** Globs of source files. */
  sources: readonly string[];
  /** Globs of source files that are left out, and why. */
  without?: Readonly<Record<string, string>>;
  /** Globs of test files. */
  tests: readonly string[];
}

export const TARGETS: readonly Target[] = [
  {
    name: "src/functions",
    sources: ["src/functions/*.ts"],
    tests: ["test/functions/*.test.ts"],
  },
  {
    name: "src/banks",
    sources: ["src/banks/*.ts"],
    tests: [
      "test/banks/{rest-connector,lying-bank,coalescing-poster,statement,settle-posting}.test.ts",
      "test/functions/handle-events.test.ts",
    ],
  },
  {
    name: "src/submission",
    sources: ["src/submission/start-submitter.ts"],
    tests: ["test/submission/{start-submitter,start-finality}.test.ts"],
  },
  {
    name: "src/api/transfers",
    sources: ["src/api/transfers/{start-transfer,request,resource,routes,wait-until-final}.ts"],
    tests: [
      "test/api/transfers/{start-transfer,bad-transfers,read-transfer}.test.ts",
      "test/api/phone-accounts/enumeration.test.ts",
    ],
  },
  {
    name: "src/watcher",
    sources: ["src/watcher/**/*.ts"],
    tests: ["test/watcher/**/*.test.ts"],
    without: { "src/watcher/deliver/trace-events.ts": "spans are for people" },
  },
  {
    name: "src/store",
    sources: ["src/store/*.ts", "src/store/{auth,bank-postings,events,functions,stats,transfers}/*.ts"],
    tests: [
      "test/store/**/*.test.ts",
      "test/watcher/deliver/{delivery,delivery-progress}.test.ts",
      "test/watcher/follow/{refusals,reorganisation,removed-events}.test.ts",
    ],
  },
  {
    name: "src/chain",
    sources: [
      "src/chain/sending/{nonce-lane,batch-sender,contract-writer,transition-senders,transaction-limits,fees}.ts",
      "src/chain/rpc/{node-dialects,error}.ts",
      "src/chain/contracts/{call-codec,account-writer,initiators}.ts",
      "src/chain/signing/local-signer.ts",
    ],
    tests: [
      "test/chain/sending/{batch-sender,stubborn-chain,oversized-batches,fees}.test.ts",
      "test/chain/rpc/{node-dialects,node-refusals}.test.ts",
      "test/chain/contracts/{call-codec,account-writer,resolution-directory,outcome-directory}.test.ts",
      "test/chain/signing/local-signer.test.ts",
      "test/submission/start-submitter.test.ts",
    ],
  },
];

/** The files that a glob names now; a target that names none has been left behind by a move. */
export function filesOf(globs: readonly string[], without: Readonly<Record<string, string>> = {}): string[] {
  return globs
    .flatMap((glob) => {
      const files = globSync(glob);
      if (files.length === 0) throw new Error(`No file is named ${glob}; scripts/check/mutate/targets.ts names it.`);
      return files;
    })
    .filter((file) => !(file in without))
    .sort();
}

/** The targets under a path, or over it, each with the files under the path. */
export function targetsUnder(path: string | undefined): { target: Target; files: string[] }[] {
  const isUnder = (file: string) => path === undefined || file === path || file.startsWith(`${path.replace(/\/$/, "")}/`);
  return TARGETS.map((target) => {
    const files = filesOf(target.sources, target.without);
    return { target, files: path !== undefined && isUnder(target.name) ? files : files.filter(isUnder) };
  }).filter(({ files }) => files.length > 0);
}
