import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { LEGS, negativeOutcome, REFUSALS, STATES } from "../../src/domain/transfer-state.js";

describe("the negative outcomes that Solidity and TypeScript share", () => {
  it("are the same for every state", async () => {
    const source = await readFile(new URL("../../contracts/entities/TransferState.sol", import.meta.url), "utf8");
    const [, body = ""] = /function negativeOutcome\([^{]*\{([^}]*)\}/.exec(source) ?? [];
    const outcomes = new Map(
      [...body.matchAll(/state == (\w+)\)? (?:return|\?) State\.(\w+)/g)].map(([, state, to]) => [state, to]),
    );
    expect(outcomes.size).to.equal(2);
    for (const state of STATES) expect(negativeOutcome(state), state).to.equal(outcomes.get(state));
  });
});

describe("the numbers that Solidity and TypeScript share", () => {
  for (const [name, file, expected] of [
    ["State", "entities/TransferState.sol", STATES],
    ["Leg", "entities/TransferState.sol", LEGS],
    ["Refusal", "interfaces/ITransferStateRepo.sol", REFUSALS],
  ] as const) {
    it(`are the same for ${name}`, async () => {
      const source = await readFile(new URL(`../../contracts/${file}`, import.meta.url), "utf8");
      expect(enumMembers(source, name)).to.deep.equal([...expected]);
    });
  }
});

function enumMembers(source: string, name: string): string[] {
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(source.replace(/\/\/.*$/gm, ""))?.[1] ?? "";
  return body
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}
