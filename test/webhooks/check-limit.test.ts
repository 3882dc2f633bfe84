import { expect } from "chai";
import { AppError } from "../../src/domain/app-error.js";
import { CHECKS_PER_PRINCIPAL, createCheckLimit } from "../../src/webhooks/limit-checks.js";

describe("the limit of URL checks under way for a principal", () => {
  it("refuses one check too many of a principal, takes another principal's, and takes the first's again once one has ended", async () => {
    const limit = createCheckLimit();
    const ends: (() => void)[] = [];
    const hang = () => new Promise<void>((resolve) => ends.push(resolve));
    const hanging = Array.from({ length: CHECKS_PER_PRINCIPAL }, () => limit("alice", hang));
    const refusal = await limit("alice", hang).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(AppError).and.to.have.property("code", "too-many-requests");
    expect(await limit("bob", async () => "checked")).to.equal("checked");
    ends[0]?.();
    await hanging[0];
    expect(await limit("alice", async () => "checked")).to.equal("checked");
    await limit("alice", () => Promise.reject(new Error("unreachable"))).catch(() => undefined);
    expect(await limit("alice", async () => "checked")).to.equal("checked");
    for (const end of ends) end();
    await Promise.all(hanging);
  });
});
