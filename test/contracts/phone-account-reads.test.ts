import { expect } from "chai";
import { hexlify, keccak256, randomBytes } from "ethers";
import { useNetwork } from "./support/use-network.js";

// Around the lengths at which Solidity stores bytes in another way or in a slot more, and the longest.
const SEALED_BYTES = [1, 30, 31, 32, 33, 63, 64, 65, 88, 256];
const UNKNOWN_ALIAS = keccak256("0x");

describe("phone accounts read many at once", () => {
  const load = useNetwork();

  it("are told in the bytes that a coder writes, whatever the length of what is sealed", async () => {
    const { phoneAccountRepo, accounts, stranger } = await load();
    const repo = phoneAccountRepo.connect(accounts.payer);
    const sealed = SEALED_BYTES.map((length) => hexlify(randomBytes(length)));
    const held = sealed.map((account) => keccak256(account));
    for (const [index, account] of sealed.entries()) await repo.register(held[index] as string, account);
    // What was longer before leaves nothing behind.
    await repo.update(held[8] as string, hexlify(randomBytes(40)));
    await repo.update(held[6] as string, "0x02");
    await repo.release(held[0] as string);
    for (const aliasIds of [[], [UNKNOWN_ALIAS], ...held.map((aliasId) => [aliasId]), [...held, UNKNOWN_ALIAS, ...held]]) {
      const found = await Promise.all(aliasIds.map((aliasId) => repo.get(aliasId)));
      const read = found.map(({ bank, version, sealedAccount }) => ({ bank, version, sealedAccount }));
      const answer = (data: string) => stranger.call({ to: repo, data });
      const { interface: abi } = repo;
      expect(await answer(abi.encodeFunctionData("getMany", [aliasIds]))).to.equal(abi.encodeFunctionResult("getMany", [read]));
      expect(await answer(abi.encodeFunctionData("holdersOf", [aliasIds]))).to.equal(
        abi.encodeFunctionResult("holdersOf", [read.map(({ bank, version }) => ({ bank, version }))]),
      );
    }
  });
});
