import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { LEGS, REFUSALS, STATES } from "../../src/domain/transfer-state.js";

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
