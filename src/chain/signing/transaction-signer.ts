/** A transaction (EIP-1559) but for its signature. It sends no ether. */
export interface UnsignedTransaction {
  type: 2;
  chainId: bigint;
  nonce: number;
  to: string;
  data: string;
  gasLimit: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/** Whoever signs for one address; a wallet of ethers is one. */
export interface TransactionSigner {
  /** With checksum (ERC-55). */
  readonly address: string;
  /**
   * The signed transaction, as it goes to a node.
   * @throws AppError `signer-unavailable` (ask again), `signer-refused` (asking again changes nothing).
   */
  signTransaction(transaction: UnsignedTransaction): Promise<string>;
}
