/** A reason that nodes give for a refusal, whatever their words. */
export type NodeCondition =
  | "reverted"
  | "nonce-too-low"
  | "nonce-too-high"
  | "already-known"
  | "replacement-refused"
  | "underpriced"
  | "insufficient-funds"
  | "pool-full"
  | "transaction-too-large"
  | "gas-over-cap"
  | "fee-over-cap"
  | "state-pruned"
  | "history-pruned"
  | "logs-too-large"
  | "batch-too-large"
  | "rate-limited"
  | "block-unknown"
  | "still-indexing";

/** An `error` of a JSON-RPC 2.0 answer. */
export interface RpcAnswerError {
  code?: unknown;
  message?: unknown;
}

/**
 * One way to say a condition: by these words, or by this code where the words say nothing else.
 * - `clients`: who says it. "hosted" are services that run nodes for others.
 */
export interface Dialect {
  condition: NodeCondition;
  clients: string;
  words?: RegExp;
  code?: number;
}

/**
 * How clients say each condition; the first entry that fits counts. A revert comes first, since a contract chooses the words behind it.
 * Codes come last: clients give one code to many conditions.
 */
export const DIALECTS: readonly Dialect[] = [
  { condition: "reverted", clients: "geth, Erigon, Reth, Besu, Anvil", words: /^(error: )?execution reverted/i },
  { condition: "reverted", clients: "Hardhat, Ganache", words: /^(error: )?(vm exceptions? while|transaction reverted)/i },
  { condition: "reverted", clients: "Ganache", words: /^multiple vm exceptions/i },
  { condition: "reverted", clients: "Nethermind, OpenEthereum", words: /^vm execution error/i },
  { condition: "reverted", clients: "Besu", words: /^transaction processing could not be completed/i },
  { condition: "reverted", clients: "geth, Anvil", words: /gas required exceeds allowance|^out of gas/i },
  { condition: "reverted", clients: "geth", words: /^(invalid opcode|invalid jump destination|stack (under|over)flow)/i },
  { condition: "reverted", clients: "geth, Reth, Anvil", code: 3 },

  { condition: "replacement-refused", clients: "geth, Besu, Erigon, Hardhat", words: /replacement transaction underpriced/i },
  { condition: "replacement-refused", clients: "Nethermind", words: /^ReplacementNotAllowed|^OwnNonceAlreadyUsed/i },
  { condition: "replacement-refused", clients: "Erigon", words: /could not replace existing tx/i },
  { condition: "replacement-refused", clients: "Anvil", words: /insufficient gas price to replace/i },
  { condition: "replacement-refused", clients: "OpenEthereum", words: /another transaction with same nonce in the queue/i },
  { condition: "replacement-refused", clients: "Ganache", words: /transaction can't be replaced/i },

  { condition: "already-known", clients: "geth, Nethermind, Erigon, Reth", words: /already ?known/i },
  { condition: "already-known", clients: "Besu, Hardhat, earlier geth", words: /\bknown transaction/i },
  { condition: "already-known", clients: "OpenEthereum, Anvil", words: /(was )?already imported/i },
  { condition: "already-known", clients: "Erigon", words: /existing tx(n)? with same hash/i },

  { condition: "nonce-too-low", clients: "geth, Besu, Nethermind, Erigon, Reth, Hardhat, Anvil", words: /nonce( is)? too low/i },
  { condition: "nonce-too-low", clients: "earlier Nethermind", words: /^OldNonce/i },
  { condition: "nonce-too-high", clients: "geth, Besu, Hardhat, Anvil", words: /nonce( is)? too high/i },
  { condition: "nonce-too-high", clients: "Nethermind", words: /^NonceGap|nonce too far in (the )?future/i },
  { condition: "nonce-too-high", clients: "Besu", words: /nonce is too distant/i },
  { condition: "nonce-too-high", clients: "Besu", words: /transaction with a lower nonce/i },

  { condition: "insufficient-funds", clients: "geth, Erigon, Reth, Anvil, Ganache, OpenEthereum", words: /insufficient funds/i },
  { condition: "insufficient-funds", clients: "Besu", words: /upfront cost exceeds account balance/i },
  { condition: "insufficient-funds", clients: "Nethermind", words: /^InsufficientFunds|insufficient balance/i },
  { condition: "insufficient-funds", clients: "Hardhat", words: /doesn't have enough funds/i },

  { condition: "fee-over-cap", clients: "geth, Erigon, Reth", words: /tx fee .*exceeds the configured cap/i },
  { condition: "fee-over-cap", clients: "Besu", words: /transaction fee cap exceeded/i },

  {
    condition: "gas-over-cap",
    clients: "geth, Besu, Reth, Hardhat, Ganache",
    words: /exceeds (the )?(block('s)?|transaction|max(imum)?( per-| )transaction) gas (limit|cap)/i,
  },
  { condition: "gas-over-cap", clients: "geth, Erigon", words: /gas limit (is )?too high/i },
  { condition: "gas-over-cap", clients: "Nethermind", words: /^GasLimitExceeded|^gas limit reached|gas limit exceeded/i },
  { condition: "gas-over-cap", clients: "Anvil", words: /greater than the block gas limit|intrinsic gas too high/i },
  { condition: "gas-over-cap", clients: "OpenEthereum", words: /exceeds current gas limit|supplied gas is beyond limit/i },

  { condition: "transaction-too-large", clients: "geth, Erigon, Reth", words: /oversized data/i },
  { condition: "transaction-too-large", clients: "Nethermind", words: /^MaxTxSizeExceeded|^transaction too large/i },
  { condition: "transaction-too-large", clients: "Erigon", words: /rlp ?too ?long/i },
  { condition: "transaction-too-large", clients: "OpenEthereum", words: /transaction data is too big/i },
  { condition: "transaction-too-large", clients: "Reth, proxies", words: /request (body |entity )?(is )?too (big|large)/i },
  { condition: "transaction-too-large", clients: "proxies (HTTP)", code: 413 },

  { condition: "pool-full", clients: "geth, Reth", words: /txpool is full|transaction pool is full/i },
  { condition: "pool-full", clients: "geth", words: /account limit exceeded|in-flight transaction limit reached/i },
  { condition: "pool-full", clients: "Erigon", words: /sub-pool is full|^spammer/i },
  { condition: "pool-full", clients: "OpenEthereum", words: /too many transactions in the queue/i },

  { condition: "underpriced", clients: "geth, Nethermind, Erigon, Reth, Ganache", words: /\bunderpriced/i },
  { condition: "underpriced", clients: "geth", words: /gas price below minimum|max fee per gas less than block base fee/i },
  { condition: "underpriced", clients: "Nethermind", words: /^FeeTooLow|fee too low/i },
  { condition: "underpriced", clients: "Besu", words: /gas price below (configured minimum|current base fee)/i },
  { condition: "underpriced", clients: "Hardhat", words: /is too low for the next block/i },
  { condition: "underpriced", clients: "OpenEthereum", words: /does not satisfy your node's minimal/i },

  { condition: "history-pruned", clients: "geth, Besu, Nethermind, Reth", words: /pruned history unavailable/i },
  { condition: "history-pruned", clients: "Erigon", words: /not available due to pruning|history has been pruned/i },
  { condition: "history-pruned", clients: "hosted", words: /only serves recent blocks/i },

  { condition: "still-indexing", clients: "geth", words: /indexing is in progress|(haven't|not) been fully indexed/i },
  { condition: "still-indexing", clients: "Besu", words: /sync is still in progress|node not yet in sync/i },
  { condition: "still-indexing", clients: "Nethermind", words: /^(node is )?syncing\b/i },

  { condition: "state-pruned", clients: "geth", words: /missing trie node/i },
  { condition: "state-pruned", clients: "geth, Reth", words: /\bstate\b.*\b(is|are)? ?(not available|unavailable|pruned)/i },
  { condition: "state-pruned", clients: "Nethermind", words: /no state available for block/i },
  { condition: "state-pruned", clients: "OpenEthereum", words: /running with state pruning/i },
  { condition: "state-pruned", clients: "Anvil", words: /required data unavailable/i },
  { condition: "state-pruned", clients: "hosted", words: /archive (node|data|state|request|access)/i },

  { condition: "block-unknown", clients: "geth", words: /(finalized|safe|pending) block not found|no (finalized|safe) block/i },
  { condition: "block-unknown", clients: "Besu, Hardhat", words: /unknown block|invalid block tag/i },
  { condition: "block-unknown", clients: "geth, Nethermind, Reth", words: /header (for hash )?not found|block not found/i },
  { condition: "block-unknown", clients: "geth, Reth", words: /block range extends beyond current head/i },
  { condition: "block-unknown", clients: "Anvil", words: /BlockOutOfRange/i },

  { condition: "batch-too-large", clients: "geth", words: /batch (request )?(was )?too large/i },
  { condition: "batch-too-large", clients: "Besu", words: /exceeds max batch size/i },
  { condition: "batch-too-large", clients: "Nethermind", words: /batch size limit/i },
  { condition: "batch-too-large", clients: "hosted", words: /batch (of more than|limit|exceed)|(maximum|max)[\w ]* batch/i },

  { condition: "logs-too-large", clients: "geth, Besu", words: /exceed(s|ed)? max(imum)?( allowed)? ?(block|rpc)? ?range/i },
  { condition: "logs-too-large", clients: "Reth", words: /query exceeds max (block range|results)/i },
  { condition: "logs-too-large", clients: "Nethermind", words: /too many logs requested/i },
  { condition: "logs-too-large", clients: "geth, Reth", words: /response (is )?too (large|big)|response size exceeded/i },
  { condition: "logs-too-large", clients: "hosted", words: /(returned more than|more than) [\d,]+ (results|logs)/i },
  { condition: "logs-too-large", clients: "hosted", words: /logs matched by query exceed/i },
  { condition: "logs-too-large", clients: "hosted", words: /block range[\w ]*(too (wide|large|big|many)|limit|exceed)/i },
  { condition: "logs-too-large", clients: "hosted", words: /range( is)? too (wide|large|big)|max range/i },
  { condition: "logs-too-large", clients: "hosted", words: /limited to (a )?[\d, -]+k? ?(blocks? )?range/i },
  { condition: "logs-too-large", clients: "hosted", words: /up to (a )?[\d,]+k? blocks? range/i },
  { condition: "logs-too-large", clients: "hosted", words: /too many blocks|(ranges? over|at most|more than) [\d,]+ blocks/i },
  { condition: "logs-too-large", clients: "geth, hosted", words: /query time(d )?out|blocks distance/i },

  { condition: "rate-limited", clients: "hosted", words: /rate[ -]?limit|too many requests|requests? per second|throttl/i },
  { condition: "rate-limited", clients: "hosted", words: /compute units|daily request count|quota|request limit reached/i },
  { condition: "rate-limited", clients: "Reth", words: /server is busy/i },
  { condition: "rate-limited", clients: "hosted (HTTP)", code: 429 },
  { condition: "rate-limited", clients: "hosted (EIP-1474)", code: -32_005 },
  { condition: "block-unknown", clients: "Besu, geth", code: -39_001 },
  { condition: "history-pruned", clients: "geth, Besu, Nethermind, Reth (EIP-4444)", code: 4_444 },
];

/** Another node would say the same, or the asker changes the request. Everything else is a node's own trouble. */
const ANSWERS: ReadonlySet<NodeCondition> = new Set<NodeCondition>([
  "reverted",
  "nonce-too-low",
  "nonce-too-high",
  "already-known",
  "replacement-refused",
  "underpriced",
  "insufficient-funds",
  "batch-too-large",
]);

/** Which condition a node's error tells of; `undefined` for words that no entry knows. */
export function conditionOf({ code, message }: RpcAnswerError): NodeCondition | undefined {
  const text = typeof message === "string" ? message : "";
  return DIALECTS.find((dialect) => dialect.words?.test(text) || (dialect.code !== undefined && dialect.code === code))
    ?.condition;
}

/** Whether another node may answer what this one does not. Words that no entry knows are no verdict. */
export function mayAnotherAnswer(condition: NodeCondition | undefined): boolean {
  return condition === undefined || !ANSWERS.has(condition);
}
