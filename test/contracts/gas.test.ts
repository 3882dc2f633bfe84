import { readFile } from "node:fs/promises";
import { expect } from "chai";
import hre, { network } from "hardhat";
import { gasFloor } from "../../scripts/check/gas-floor.js";
import { DETAILS_BYTES, type GasFigures, measureGas } from "../../scripts/check/gas-measure.js";
import { sealDetails } from "../../src/domain/details.js";
import { createSealer, generateSealingKeyPair } from "../../src/domain/sealing.js";

const SNAPSHOT = new URL("../../docs/contracts/gas-snapshot.json", import.meta.url);

/** Deadlines are taken from the clock, so calldata differs from run to run in how many of its bytes are zero (12 gas each). */
const TOLERANCE_SHARE = 0.002;

/** The project's own goal, see docs/decisions/compact-transfers.md. */
const TRANSFER_GAS_MAX = 52_500;

const COLUMNS = ["single", "batch1", "batch10", "batch100"] as const;

describe("the cost of the contracts' writes", () => {
  let figures: GasFigures;

  before(async function () {
    // Code instrumented for coverage costs what it costs.
    if (hre.globalOptions.coverage) this.skip();
    const connection = await network.create();
    figures = await measureGas(connection.ethers);
    await connection.close();
  });

  it("is that of the committed snapshot: npm run gas -- --write makes it anew", async () => {
    const snapshot = JSON.parse(await readFile(SNAPSHOT, "utf8")) as GasFigures;
    for (const column of COLUMNS) {
      expect(Object.keys(figures[column]), column).to.deep.equal(Object.keys(snapshot[column]));
      for (const [write, gas] of Object.entries(figures[column])) {
        const noted = snapshot[column][write] ?? 0;
        expect(gas, `${column} ${write}`).to.be.closeTo(noted, Math.ceil(noted * TOLERANCE_SHARE));
      }
    }
  });

  it("is within 10 % of the one-slot floor, and at most 52 500, for a whole transfer in batches of 100", () => {
    const floor = gasFloor(figures.detailsBytes).batch100.transfer ?? 0;
    expect(figures.batch100.transfer).to.be.within(floor, Math.min(floor * 1.1, TRANSFER_GAS_MAX));
  });

  it("is measured with details as long as the services seal them", async () => {
    const sealer = createSealer();
    const leg = async (bank: string) => ({
      recipient: { bank, keyVersion: 1, publicKey: (await generateSealingKeyPair()).publicKey },
      details: { aliasId: `0x${"a1".repeat(32)}`, aliasVersion: 1 },
    });
    const binding = {
      domain: `0x${"d0".repeat(32)}`,
      transferId: `0x${"1d".repeat(32)}`,
      payerBank: "FAASTHB1",
      payeeBank: "WHSKTHB1",
      currencyNumeric: 764,
      amountMinor: 12_345n,
    };
    expect(await sealDetails(sealer, { payer: await leg("FAASTHB1"), payee: await leg("WHSKTHB1"), binding })).to.have.length(
      DETAILS_BYTES,
    );
  });
});
