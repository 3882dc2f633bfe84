import { expect } from "chai";
import { fuzzApi } from "../../../scripts/check/fuzz-api/fuzz.js";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import type { System } from "../../../tools/system/stack.js";

const REQUESTS = 1_000;
// Numbers of its own: what it registers, releases and claims is not the other cases'.
const PHONES = Array.from({ length: 6 }, (_, index) => `+6690000001${index}`);

/** A short run of `npm run fuzz:api`. */
export function describeFuzz(system: () => System): void {
  describe("whatever is asked of the API", () => {
    it("is answered as its OpenAPI document says, never with 5xx; what must be refused is", async () => {
      const { stack } = system();
      // A function that it makes would be woken by what the other cases do.
      const about = { withoutScopes: ["functions:write"], phones: PHONES, banks: DEMO_BANKS.map(({ id }) => id) };
      const options = { url: stack.apiUrl, key: stack.secrets.apiKey, requests: REQUESTS, seed: 20_261_121, concurrency: 4 };
      const { failures, succeeded } = await fuzzApi({ ...options, ...about });
      expect(failures).deep.equal([]);
      expect([...succeeded]).include.members(["registerPhoneAccount", "startTransfer", "createApiKey"]);
    });
  });
}
