import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { stateDiagram } from "./support/state-diagram.js";

const PAGE = new URL("../../docs/contracts/state-machine.md", import.meta.url);

describe("the state diagram in the documents", () => {
  it("is the one that the table makes", async () => {
    const page = await readFile(PAGE, "utf8");
    expect(/```mermaid\n([\s\S]*?)\n```/.exec(page)?.[1]).to.equal(stateDiagram());
  });
});
