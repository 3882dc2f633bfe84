/** How many blocks one request asks for. */
export interface BlockRange {
  readonly blocks: number;
  /** After a good answer: more blocks, up to the most. */
  grow(): void;
  /** After a refused request for `asked` blocks: half as many. Says whether the next request is smaller. */
  halve(asked?: number): boolean;
  setTo(blocks: number): void;
  /** By which factor `grow` multiplies. */
  readonly growth: number;
}

const MIN_BLOCKS = 1;
const GROWTH = 2;
// Slower once a request has failed: the node may have refused it for its size, and each refusal costs a request and a pause.
const GROWTH_AFTER_FAILURE = 1.25;

/** A range of blocks that halves when a node refuses it, and grows back. */
export function createBlockRange({ first, max }: { first: number; max: number }): BlockRange {
  let blocks = Math.min(first, max);
  let growth = GROWTH;
  const setTo = (wanted: number) => {
    blocks = Math.min(Math.max(Math.floor(wanted), MIN_BLOCKS), max);
  };
  return {
    get blocks() {
      return blocks;
    },
    get growth() {
      return growth;
    },
    setTo,
    grow: () => setTo(Math.ceil(blocks * growth)),
    halve(asked = blocks) {
      const isSmaller = asked > MIN_BLOCKS;
      setTo(Math.min(asked, blocks) / 2);
      growth = GROWTH_AFTER_FAILURE;
      return isSmaller;
    },
  };
}
