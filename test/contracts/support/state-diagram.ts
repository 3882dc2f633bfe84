import { isFinal, mover, openLeg, STATES } from "../../../src/domain/transfer-state.js";

const BANK_OF_LEG = { PAYER: "payer's bank", PAYEE: "payee's bank" } as const;

/** The state machine as a Mermaid state diagram, made from the table that the services use. */
export function stateDiagram(): string {
  const reports = STATES.flatMap((from) =>
    STATES.flatMap((to) => {
      const leg = mover(from, to);
      return leg === "NONE" || to === "SUSPENDED" ? [] : [`  ${from} --> ${to}: ${BANK_OF_LEG[leg]}`];
    }),
  );
  const open = STATES.filter((state) => openLeg(state) !== "NONE");
  return [
    "stateDiagram-v2",
    "  [*] --> STARTED: initiator",
    ...reports,
    ...open.map((state) => `  ${state} --> SUSPENDED: open leg's bank, or an arbiter past the deadline`),
    ...open.map((state) => `  SUSPENDED --> ${state}: two arbiters, where it came from`),
    ...STATES.filter(isFinal).map((state) => `  ${state} --> [*]`),
  ].join("\n");
}
