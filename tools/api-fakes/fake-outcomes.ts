import type { ApiDeps } from "../../src/api/deps.js";
import type { OutcomeProposal, OutcomeWrite } from "../../src/chain/contracts/outcome-directory.js";
import type { StatementView } from "../../src/domain/settlement.js";

/** The reported outcomes that tests set and see. */
export interface FakeOutcomes {
  outcomeProposals: Map<string, OutcomeProposal>;
  outcomeWrites: (OutcomeWrite & { principal: string })[];
  /** Once set, every write of an outcome fails with it. */
  outcomeFailure: unknown;
  /** The bank of each person who reports outcomes, by principal. */
  banksOfPeople: Map<string, string>;
  kept: Map<string, StatementView>;
}

const PERSONS_BANK = "WHSKTHB1";

/** Reported outcomes and their statements, in memory. */
export function createFakeOutcomes(
  of: () => FakeOutcomes & { nowMs: number },
): FakeOutcomes & Pick<ApiDeps, "outcomes" | "statements"> {
  return {
    outcomeProposals: new Map(),
    outcomeWrites: [],
    outcomeFailure: undefined,
    banksOfPeople: new Map([["person-1", PERSONS_BANK]]),
    kept: new Map(),
    outcomes: {
      read: async (ids) => ids.map((id) => of().outcomeProposals.get(id)),
      bankOf: async (principal) => of().banksOfPeople.get(principal),
      write: async (principal, what) => {
        if (of().outcomeFailure !== undefined) throw of().outcomeFailure;
        of().outcomeWrites.push({ principal, ...what });
        return { transactionHash: `0x${"7d".repeat(32)}` };
      },
    },
    statements: {
      keep: async (statement) => void of().kept.set(statement.hash, { ...statement, at: new Date(of().nowMs) }),
      forget: async (hash) => void of().kept.delete(hash),
      find: async (hashes) => hashes.flatMap((hash) => of().kept.get(hash) ?? []),
      list: async (id) => [...of().kept.values()].filter(({ transferId }) => transferId === id),
    },
  };
}
