import { expect } from "chai";
import fc from "fast-check";
import { size } from "../../../tools/support/search-size.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { type Act, OWN_ORGANISATION, sequences } from "./taken-ids/acts.js";
import { openApi, type Plants } from "./taken-ids/open-api.js";
import { addOrganisations, runActs } from "./taken-ids/run-acts.js";

/** Adoption by the id alone: the chain's transfer counts whatever details it was started with. */
const ADOPTS_BY_ID: Plants = {
  transfers: (transfers, raw) => ({
    ...transfers,
    known: async (id) => {
      const { entry } = await transfers.known(id);
      const view = await raw(id);
      if (entry === undefined) return { ...(view && { view }) };
      return { entry: { ...entry, status: "started" }, ...(view && { view }) };
    },
  }),
};

describe("the ids of an API's transfers, among other initiators", function () {
  this.timeout(0);
  let testChain: TestChain;
  let organisations: Awaited<ReturnType<typeof addOrganisations>>;
  const apis: Awaited<ReturnType<typeof openApi>>[] = [];
  let runs = 0;

  before(async () => {
    testChain = await startTestChain();
    organisations = await addOrganisations(testChain);
  });
  afterEach(async () => {
    for (const api of apis.splice(0)) await api.close();
  });
  after(async () => {
    organisations.provider.destroy();
    await testChain.close();
  });

  async function problemsOf(plants: Plants = {}) {
    const api = await openApi(testChain, plants);
    apis.push(api);
    return (acts: readonly Act[], options = {}) => {
      runs += 1;
      return runActs({ testChain, api, organisations }, `run-${runs}`, acts, options);
    };
  }

  it("answer no POST with a transfer whose sealed details the API did not make, whatever others call", async () => {
    const run = await problemsOf();
    const property = fc.asyncProperty(sequences, async (acts) => {
      expect(await run(acts)).to.deep.equal([]);
    });
    const { seed, runs: numRuns, limitMs } = size;
    // Shrinking would take as long again; the acts that failed are few.
    await fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: limitMs, endOnFailure: true });
  });

  const TAKE: Act[] = [
    { do: "join", organisation: OWN_ORGANISATION, outsider: 0 },
    { do: "start", outsider: 0, keys: [0], details: "other", amount: 200, isBatch: true },
    { do: "post", key: 0, amount: 100 },
  ];

  it("answer no POST with another amount that the own organisation's other address started with copied details", async () => {
    const run = await problemsOf();
    const acts: Act[] = [
      { do: "join", organisation: OWN_ORGANISATION, outsider: 0 },
      { do: "post", key: 0, amount: 100 },
      { do: "start", outsider: 0, keys: [0], details: "copied", amount: 200, isBatch: false },
      { do: "complete", key: 0 },
    ];
    expect(await run(acts)).to.deep.equal([]);
  });

  it("catches an API that adopts a transfer by its id alone", async () => {
    const acts: Act[] = [{ do: "post", key: 0, amount: 100 }, ...TAKE.slice(0, 2)];
    const run = await problemsOf({ ...ADOPTS_BY_ID, holdsStarts: true });
    const problems = await run(acts);
    expect(problems.join("\n")).to.match(/sealed details the API did not make/);
    expect(await (await problemsOf({ holdsStarts: true }))(acts)).to.deep.equal([]);
  });

  it("catches ids that do not name the caller's organisation", async () => {
    const run = await problemsOf();
    // The others' starts go out as the API's own organisation's, as they would if the contract left the organisation out.
    const acts: Act[] = TAKE.map((act) => (act.do === "join" ? { ...act, organisation: 0 } : act));
    expect(await run(acts)).to.deep.equal([]);
    expect((await run(acts, { organisationOf: () => OWN_ORGANISATION })).join("\n")).to.match(/taken the id|another's transfer/);
  });
});
