import { expect } from "chai";
import { conditionOf, DIALECTS, mayAnotherAnswer, type NodeCondition } from "../../../src/chain/rpc/node-dialects.js";

/** Client, condition, JSON-RPC code, message: as the clients' sources and hosted services have them. */
const SAID: [string, NodeCondition, number, string][] = [
  ["geth", "nonce-too-low", -32_000, "nonce too low: address 0xF00, tx: 3 state: 7"],
  ["geth", "nonce-too-high", -32_000, "nonce too high"],
  ["geth", "already-known", -32_000, "already known"],
  ["geth", "underpriced", -32_000, "transaction underpriced: gas tip cap 1, minimum needed 1000000"],
  ["geth", "underpriced", -32_000, "transaction gas price below minimum: gas tip cap 0, minimum needed 1"],
  ["geth", "underpriced", -32_000, "max fee per gas less than block base fee: address 0xF00, maxFeePerGas: 1, baseFee: 7"],
  ["geth", "replacement-refused", -32_000, "replacement transaction underpriced: new tx gas fee cap 1 <= 1 queued"],
  ["geth", "insufficient-funds", -32_000, "insufficient funds for gas * price + value: balance 0, tx cost 5, overshot 5"],
  ["geth", "pool-full", -32_000, "txpool is full"],
  ["geth", "pool-full", -32_000, "account limit exceeded: pooled 16 txs"],
  ["geth", "pool-full", -32_000, "in-flight transaction limit reached for delegated accounts"],
  ["geth", "transaction-too-large", -32_000, "oversized data: transaction size 132983, limit 131072"],
  ["geth", "gas-over-cap", -32_000, "exceeds block gas limit"],
  ["geth", "gas-over-cap", -32_000, "transaction gas limit too high (cap: 16777216, tx: 20000000)"],
  ["geth", "fee-over-cap", -32_000, "tx fee (1.52 ether) exceeds the configured cap (1.00 ether)"],
  ["geth", "state-pruned", -32_000, "missing trie node 6c1d (path ) state 0x6c1d is not available, not found"],
  ["geth", "state-pruned", -32_000, "historical state 6c1d is not available"],
  ["geth", "state-pruned", -32_000, "required historical state unavailable (reexec=128)"],
  ["geth", "history-pruned", 4_444, "pruned history unavailable"],
  ["geth", "history-pruned", 4_444, "gone"],
  ["geth", "logs-too-large", -32_602, "exceed maximum block range: 1000"],
  ["geth", "logs-too-large", -32_003, "response too large"],
  ["geth", "batch-too-large", -32_600, "batch too large"],
  ["geth", "block-unknown", -39_001, "finalized block not found"],
  ["geth", "block-unknown", -32_000, "safe block not found"],
  ["geth", "block-unknown", -32_000, "header not found"],
  ["geth", "block-unknown", -32_602, "block range extends beyond current head block"],
  ["geth", "block-unknown", -39_001, ""],
  ["geth", "still-indexing", -32_000, "transaction indexing is in progress"],
  ["geth", "still-indexing", -32_000, "state histories haven't been fully indexed yet"],
  ["geth", "reverted", 3, "execution reverted: nonce too low"],
  ["geth", "reverted", -32_000, "gas required exceeds allowance (30000000)"],
  ["geth", "reverted", -32_000, "invalid opcode: INVALID"],
  ["geth", "reverted", 3, "custom error 0x12345678"],

  ["Besu", "nonce-too-low", -32_001, "Nonce too low"],
  ["Besu", "nonce-too-high", -32_006, "Nonce too high"],
  ["Besu", "nonce-too-high", -32_000, "Transaction nonce is too distant from current sender nonce"],
  ["Besu", "nonce-too-high", -32_000, "An invalid transaction with a lower nonce exists"],
  ["Besu", "already-known", -32_000, "Known transaction"],
  ["Besu", "underpriced", -32_009, "Gas price below configured minimum gas price"],
  ["Besu", "underpriced", -32_009, "Gas price below current base fee"],
  ["Besu", "replacement-refused", -32_000, "Replacement transaction underpriced"],
  ["Besu", "insufficient-funds", -32_004, "Upfront cost exceeds account balance"],
  ["Besu", "gas-over-cap", -32_005, "Transaction gas limit exceeds block gas limit"],
  ["Besu", "fee-over-cap", -32_000, "Transaction fee cap exceeded"],
  ["Besu", "state-pruned", -32_000, "World state unavailable"],
  ["Besu", "logs-too-large", -32_005, "Requested range exceeds maximum RPC range limit"],
  ["Besu", "batch-too-large", -32_005, "Number of requests exceeds max batch size"],
  ["Besu", "block-unknown", -39_001, "Unknown block"],
  ["Besu", "still-indexing", -32_008, "Initial sync is still in progress"],
  [
    "Besu",
    "still-indexing",
    -32_002,
    "Transaction pool not enabled. (Either txpool explicitly disabled, or node not yet in sync).",
  ],
  ["Besu", "reverted", -32_000, "Execution reverted"],
  ["Besu", "reverted", -32_000, "Transaction processing could not be completed due to an exception"],

  ["Nethermind", "nonce-too-low", -32_010, "OldNonce, Current nonce: 7, nonce of rejected tx: 3"],
  ["Nethermind", "nonce-too-low", -32_010, "nonce too low"],
  ["Nethermind", "nonce-too-high", -32_010, "NonceGap, Future nonce. Expected nonce: 7"],
  ["Nethermind", "nonce-too-high", -32_010, "nonce too far in future"],
  ["Nethermind", "already-known", -32_010, "AlreadyKnown"],
  ["Nethermind", "underpriced", -32_010, "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7"],
  ["Nethermind", "underpriced", -32_010, "FeeTooLowToCompete"],
  ["Nethermind", "replacement-refused", -32_010, "ReplacementNotAllowed"],
  ["Nethermind", "insufficient-funds", -32_010, "InsufficientFunds, Account balance: 0, cumulative cost: 5"],
  ["Nethermind", "transaction-too-large", -32_010, "MaxTxSizeExceeded, Maximum size: 131072"],
  ["Nethermind", "transaction-too-large", -32_010, "transaction too large"],
  ["Nethermind", "gas-over-cap", -32_010, "GasLimitExceeded, Gas limit: 30000000"],
  ["Nethermind", "gas-over-cap", -32_010, "gas limit reached"],
  ["Nethermind", "state-pruned", -32_002, "No state available for block 1302 (0x6c1d)"],
  ["Nethermind", "history-pruned", 4_444, "Pruned history unavailable"],
  ["Nethermind", "logs-too-large", -32_005, "Too many logs requested. Max logs per response is 20000."],
  ["Nethermind", "batch-too-large", -32_005, "The batch size limit was exceeded. Current limit: 1024"],
  ["Nethermind", "still-indexing", -32_010, "Syncing"],
  ["Nethermind", "still-indexing", -32_010, "node is syncing"],
  ["Nethermind", "reverted", -32_015, "VM execution error."],

  ["Erigon", "nonce-too-low", -32_000, "nonce too low"],
  ["Erigon", "already-known", -32_000, "ALREADY_EXISTS: already known"],
  ["Erigon", "already-known", -32_000, "existing tx with same hash"],
  ["Erigon", "underpriced", -32_000, "underpriced"],
  ["Erigon", "underpriced", -32_000, "fee too low"],
  ["Erigon", "replacement-refused", -32_000, "could not replace existing tx"],
  ["Erigon", "replacement-refused", -32_000, "INTERNAL_ERROR: replacement transaction underpriced"],
  ["Erigon", "insufficient-funds", -32_000, "insufficient funds"],
  ["Erigon", "pool-full", -32_000, "INTERNAL_ERROR: queued sub-pool is full"],
  ["Erigon", "pool-full", -32_000, "spammer"],
  ["Erigon", "transaction-too-large", -32_000, "oversized data"],
  ["Erigon", "transaction-too-large", -32_000, "RLPTooLong"],
  ["Erigon", "gas-over-cap", -32_000, "gas limit too high. Max: 16777216"],
  ["Erigon", "history-pruned", -32_000, "old data not available due to pruning: the latest available block is 900"],
  ["Erigon", "history-pruned", -32_000, "history has been pruned for this block"],

  ["Reth", "nonce-too-low", -32_000, "nonce too low: next nonce 7, tx nonce 3"],
  ["Reth", "already-known", -32_000, "already known"],
  ["Reth", "underpriced", -32_000, "transaction underpriced"],
  ["Reth", "replacement-refused", -32_000, "replacement transaction underpriced"],
  ["Reth", "insufficient-funds", -32_003, "insufficient funds for gas * price + value: have 0 want 5"],
  ["Reth", "pool-full", -32_003, "txpool is full"],
  ["Reth", "transaction-too-large", -32_000, "oversized data: transaction size 132983, limit 131072"],
  ["Reth", "transaction-too-large", -32_007, "Request is too big"],
  ["Reth", "gas-over-cap", -32_000, "exceeds block gas limit"],
  ["Reth", "gas-over-cap", -32_000, "exceeds max transaction gas limit"],
  ["Reth", "fee-over-cap", -32_000, "tx fee (1520000000000000000 wei) exceeds the configured cap (1000000000000000000 wei)"],
  ["Reth", "state-pruned", -32_603, "state at block #1302 is pruned"],
  ["Reth", "history-pruned", 4_444, "pruned history unavailable"],
  ["Reth", "logs-too-large", -32_602, "query exceeds max block range 100000"],
  ["Reth", "logs-too-large", -32_602, "query exceeds max results 20000, retry with the range 4097-6287"],
  ["Reth", "logs-too-large", -32_008, "Response is too big"],
  ["Reth", "batch-too-large", -32_010, "The batch request was too large"],
  ["Reth", "block-unknown", -32_001, "block not found: finalized"],
  ["Reth", "rate-limited", -32_009, "Server is busy, try again later"],

  ["Hardhat", "nonce-too-low", -32_000, "Nonce too low. Expected nonce to be 7 but got 3."],
  ["Hardhat", "nonce-too-high", -32_000, "Nonce too high. Expected nonce to be 3 but got 7."],
  ["Hardhat", "already-known", -32_000, "Known transaction: 0x6c1d"],
  [
    "Hardhat",
    "underpriced",
    -32_000,
    "Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 7",
  ],
  [
    "Hardhat",
    "replacement-refused",
    -32_000,
    "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 11 is necessary",
  ],
  [
    "Hardhat",
    "insufficient-funds",
    -32_000,
    "Sender doesn't have enough funds to send tx. The max upfront cost is: 5 and the sender's balance is: 0.",
  ],
  ["Hardhat", "gas-over-cap", -32_000, "Transaction gas limit is 40000000 and exceeds block gas limit of 30000000"],
  ["Hardhat", "gas-over-cap", -32_000, "Transaction gas limit exceeds transaction gas cap of 16777216"],
  ["Hardhat", "block-unknown", -32_000, "Received invalid block tag 1302. Latest block number is 7"],
  ["Hardhat", "reverted", -32_603, "VM Exception while processing transaction: reverted with an unrecognized custom error"],
  ["Hardhat", "reverted", -32_603, "Error: Transaction reverted: function selector was not recognized"],

  ["Anvil", "nonce-too-low", -32_003, "nonce too low"],
  ["Anvil", "nonce-too-high", -32_003, "Nonce too high"],
  ["Anvil", "already-known", -32_603, "Tx: [0x6c1d] already Imported"],
  ["Anvil", "underpriced", -32_003, "max fee per gas less than block base fee"],
  ["Anvil", "replacement-refused", -32_603, "Tx: [0x6c1d] insufficient gas price to replace existing transaction"],
  ["Anvil", "insufficient-funds", -32_003, "Insufficient funds for gas * price + value"],
  ["Anvil", "gas-over-cap", -32_003, "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit"],
  ["Anvil", "gas-over-cap", -32_003, "Transaction gas limit is greater than the block gas limit, gas_limit: 5, cap: 4"],
  ["Anvil", "state-pruned", -32_000, "Required data unavailable"],
  ["Anvil", "block-unknown", -32_602, "BlockOutOfRangeError: block height is 7 but requested was 1302"],
  ["Anvil", "reverted", 3, "execution reverted: custom error 0x12345678"],
  ["Anvil", "reverted", -32_003, "Out of gas: gas required exceeds allowance: 30000000"],

  ["Ganache", "nonce-too-low", -32_000, "nonce too low"],
  ["Ganache", "underpriced", -32_000, "transaction underpriced"],
  ["Ganache", "replacement-refused", -32_000, "transaction can't be replaced, mining has already started."],
  ["Ganache", "insufficient-funds", -32_003, "insufficient funds for gas * price + value"],
  ["Ganache", "gas-over-cap", -32_000, "exceeds block gas limit"],
  ["Ganache", "reverted", -32_000, "VM Exception while processing transaction: revert"],
  ["Ganache", "reverted", -32_000, "Multiple VM Exceptions while processing transactions: : \n\n"],

  ["OpenEthereum", "nonce-too-low", -32_010, "Transaction nonce is too low. Try incrementing the nonce."],
  ["OpenEthereum", "already-known", -32_010, "Transaction with the same hash was already imported."],
  [
    "OpenEthereum",
    "underpriced",
    -32_010,
    "Transaction gas price is too low. It does not satisfy your node's minimal gas price (minimal: 2, got: 1).",
  ],
  [
    "OpenEthereum",
    "replacement-refused",
    -32_010,
    "Transaction gas price 1wei is too low. There is another transaction with same nonce in the queue with gas price 2wei.",
  ],
  [
    "OpenEthereum",
    "insufficient-funds",
    -32_010,
    "Insufficient funds. The account you tried to send transaction from does not have enough funds. Required 5 and got: 0.",
  ],
  [
    "OpenEthereum",
    "pool-full",
    -32_010,
    "There are too many transactions in the queue. Your transaction was dropped due to limit. Try increasing the fee.",
  ],
  ["OpenEthereum", "transaction-too-large", -32_010, "Transaction data is too big, see chain specification for the limit."],
  [
    "OpenEthereum",
    "gas-over-cap",
    -32_010,
    "Transaction cost exceeds current gas limit. Limit: 8000000, got: 9000000. Try decreasing supplied gas.",
  ],
  ["OpenEthereum", "state-pruned", -32_000, "This request is not supported because your node is running with state pruning."],
  ["OpenEthereum", "reverted", -32_015, "VM execution error."],

  ["hosted", "logs-too-large", -32_005, "query returned more than 10000 results"],
  ["hosted", "logs-too-large", -32_614, "eth_getLogs is limited to a 10,000 range"],
  ["hosted", "logs-too-large", -32_602, "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range"],
  ["hosted", "logs-too-large", -32_602, "eth_getLogs is limited to 0 - 50 blocks range"],
  [
    "hosted",
    "logs-too-large",
    -32_600,
    "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.",
  ],
  [
    "hosted",
    "logs-too-large",
    -32_602,
    "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range.",
  ],
  ["hosted", "logs-too-large", -32_600, "block range is too wide"],
  ["hosted", "logs-too-large", -32_000, "Block range limit exceeded."],
  ["hosted", "logs-too-large", -32_047, "Max range: 800"],
  ["hosted", "logs-too-large", -32_000, "requested too many blocks from 1 to 5000, maximum is set to 2048"],
  ["hosted", "logs-too-large", 35, "ranges over 10000 blocks are not supported on freetier"],
  ["hosted", "logs-too-large", -32_005, "logs matched by query exceeds limit of 10000"],
  ["hosted", "logs-too-large", -32_000, "Query timeout exceeded. Consider reducing your block range."],
  ["hosted", "batch-too-large", -32_600, "batch of more than 10 requests are not allowed on free tier"],
  ["hosted", "rate-limited", -32_005, "daily request count exceeded, request rate limited"],
  ["hosted", "rate-limited", 429, "Your app has exceeded its compute units per second capacity."],
  ["hosted", "rate-limited", -32_007, "50/second request limit reached - reduce calls per second or upgrade your account"],
  ["hosted", "rate-limited", -32_005, "limit exceeded"],
  ["hosted", "rate-limited", 429, "slow down"],
  ["hosted", "history-pruned", -32_601, "public endpoint only serves recent blocks (last 1024)"],
  ["hosted", "state-pruned", -32_000, "Archive requests require a paid plan"],
  ["proxies", "transaction-too-large", 413, "Payload Too Large"],
];

describe("the dialects of nodes", () => {
  for (const [client, condition, code, message] of SAID) {
    it(`takes "${message}" (${client}, ${code}) for ${condition}`, () => {
      expect(conditionOf({ code, message })).to.equal(condition);
    });
  }

  for (const dialect of DIALECTS) {
    const { condition, words, code } = dialect;
    it(`has an example of ${condition} for ${words ?? code}`, () => {
      const fits = (said: (typeof SAID)[number]) =>
        DIALECTS.find((one) => one.words?.test(said[3]) || (one.code !== undefined && one.code === said[2])) === dialect;
      expect(SAID.some(fits)).to.equal(true);
    });
  }

  for (const message of ["Internal error", "request timed out", "upstream is having a bad day", "the method does not exist"]) {
    it(`takes "${message}" for no condition, so that another node is asked`, () => {
      expect(conditionOf({ code: -32_603, message })).to.equal(undefined);
      expect(mayAnotherAnswer(undefined)).to.equal(true);
    });
  }

  it("takes an error without words and with an unknown code for no condition", () => {
    expect(conditionOf({})).to.equal(undefined);
    expect(conditionOf({ code: -32_000, message: null })).to.equal(undefined);
  });
});
