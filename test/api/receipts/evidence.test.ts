import { expect } from "chai";
import { evidenceHash } from "../../../src/domain/evidence.js";
import { createTestApi, expectProblem, type TestApi } from "../api-under-test.js";

const DIGEST = "ab".repeat(32);

describe("GET /v1/transfers/{id}/evidence", () => {
  let test: TestApi;
  let id: string;

  beforeEach(async () => {
    test = await createTestApi();
    id = (await test.start()).json().id;
    const picture = { digest: DIGEST, mediaType: "image/png", size: 9 };
    test.deps.evidences.push({ bank: "HIVETHB1", reference: `${id}:credit`, status: "posted", receipt: "{}", picture });
  });
  afterEach(() => test.api.close());

  it("tells an operator what a bank without an API has shown, and hands out the picture", async () => {
    const { evidence } = (await test.get(`/v1/transfers/${id}/evidence`, "operator-key")).json();
    expect(evidence).to.deep.equal([
      {
        bank: "HIVETHB1",
        leg: "credit",
        status: "posted",
        receipt: "{}",
        hash: evidenceHash("{}"),
        picture: { digest: DIGEST, mediaType: "image/png", size: 9, link: `/v1/transfers/${id}/evidence/${DIGEST}` },
      },
    ]);
    const picture = await test.get(evidence[0].picture.link, "operator-key");
    expect(picture.headers["content-type"]).to.equal("image/png");
    expect(picture.body).to.equal("a picture");
  });

  it("tells nobody else, and has no other pictures", async () => {
    expectProblem(await test.get(`/v1/transfers/${id}/evidence`), 403, "forbidden");
    expectProblem(await test.get(`/v1/transfers/${id}/evidence/${DIGEST}`), 403, "forbidden");
    expectProblem(await test.get(`/v1/transfers/${id}/evidence/${"cd".repeat(32)}`, "operator-key"), 404, "not-found");
    expectProblem(await test.get(`/v1/transfers/0x${"00".repeat(32)}/evidence`, "operator-key"), 404, "not-found");
  });
});
