import { expect } from "chai";
import { hexlify, Wallet } from "ethers";
import fc from "fast-check";
import { createLocalSigner } from "../../../src/chain/signing/local-signer.js";

const hex = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength }).map(hexlify);
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });

describe("a key in this process", () => {
  it("signs byte for byte as ethers does, and has its address", async () => {
    const transaction = fc.record({
      type: fc.constant(2 as const),
      chainId: fc.bigInt({ min: 1n, max: 2n ** 53n }),
      nonce: fc.integer({ min: 0, max: 2 ** 31 }),
      maxFeePerGas: uint(64n),
      maxPriorityFeePerGas: uint(40n),
      gasLimit: uint(40n),
      to: hex(20),
      data: hex(0, 600),
    });
    const privateKey = hex(32).filter((key) => BigInt(key) > 0n && BigInt(key) < 2n ** 255n);
    await fc.assert(
      fc.asyncProperty(privateKey, transaction, async (key, given) => {
        // Below the tip a fee is no EIP-1559 transaction's: ethers refuses it.
        const unsigned = { ...given, maxFeePerGas: given.maxFeePerGas + given.maxPriorityFeePerGas };
        const wallet = new Wallet(key);
        const signer = createLocalSigner(key);
        expect(signer.address).to.equal(wallet.address);
        expect(await signer.signTransaction(unsigned)).to.equal(await wallet.signTransaction(unsigned));
      }),
      // One signature in 128 has a number with a leading zero, which RLP leaves out.
      { numRuns: 500 },
    );
  });

  it("refuses what is no key, without repeating it", () => {
    expect(() => createLocalSigner("0x1234")).to.throw(RangeError, /^(?!.*1234)/);
  });

  it("refuses calldata that is not hex", async () => {
    const signer = createLocalSigner(`0x${"1".repeat(64)}`);
    const fees = { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, gasLimit: 21_000n };
    const call = { type: 2 as const, chainId: 1n, nonce: 0, to: `0x${"2".repeat(40)}`, ...fees };
    const failed = await signer.signTransaction({ ...call, data: "0x123" }).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(RangeError);
  });
});
