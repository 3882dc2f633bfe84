import { AppError } from "../../domain/app-error.js";
import type { StreamPosition } from "../../domain/stored-event.js";

const CURSOR_PATTERN = /^([0-9a-f]{8})-(\d{1,18})-(\d{1,18})$/;
const SEQUENCE_PATTERN = /^(?:0|[1-9][0-9]{0,17})$/;

/** Writes and reads the cursors of streams: `<network>-<epoch>-<sequence>`. To whoever keeps one it is a text to hand back. */
export interface EventCursors {
  write(position: StreamPosition): string;
  /**
   * Reads a cursor, or a plain sequence, whose epoch is left open.
   * @throws AppError `invalid-request` for what is neither, or a cursor of another network
   */
  read(text: string): { epoch?: bigint; sequence: bigint };
}

/** @param domain The network's: the same sequences of another are other events. */
export function createEventCursors(domain: string): EventCursors {
  const network = domain.slice(2, 10);
  return {
    write: ({ epoch, sequence }) => `${network}-${epoch}-${sequence}`,
    read(text) {
      if (SEQUENCE_PATTERN.test(text)) return { sequence: BigInt(text) };
      const [, ofNetwork, epoch, sequence] = CURSOR_PATTERN.exec(text) ?? [];
      if (epoch === undefined || sequence === undefined) {
        throw new AppError("invalid-request", "Begin after a cursor of the stream, or after the sequence of an event.");
      }
      if (ofNetwork !== network) {
        throw new AppError("invalid-request", "The cursor is of another network; begin anew, e.g. after 0.");
      }
      return { epoch: BigInt(epoch), sequence: BigInt(sequence) };
    },
  };
}
