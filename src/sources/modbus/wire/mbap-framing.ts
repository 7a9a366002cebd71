import type { Framing } from "./framing.ts";
import { withChecksum } from "./rtu-frame.ts";

const HEADER_BYTES = 6; // transaction, protocol, length; the unit behind them counts as content
const CHECKSUM_BYTES = 2;
const MIN_CONTENT_BYTES = 3;
const MAX_CONTENT_BYTES = 254;

/**
 * Modbus TCP and UDP: a header tells which request an answer belongs to.
 *
 * Only answers to the latest request come out; transactions are counted to 65,536 before a number is used again. A header
 * that is none ends the connection, because nothing tells where the next one begins.
 */
export function mbapFraming(): Framing {
  let transaction = 0;
  let pending: Buffer = Buffer.alloc(0);
  return {
    wrap(request) {
      transaction = (transaction + 1) % 65536;
      const content = request.subarray(0, -CHECKSUM_BYTES);
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt16BE(transaction, 0);
      header.writeUInt16BE(content.length, 4);
      return Buffer.concat([header, content]);
    },
    unwrap(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      const frames: Buffer[] = [];
      while (pending.length >= HEADER_BYTES) {
        const end = contentEnd(pending);
        if (pending.length < end) break;
        if (pending.readUInt16BE(0) === transaction) {
          frames.push(withChecksum(pending.subarray(HEADER_BYTES, end)));
        }
        pending = pending.subarray(end);
      }
      return frames;
    },
  };
}

/** Whether a datagram is one answer, neither cut nor something else. */
export function isWholeMbap(bytes: Buffer): boolean {
  return isHeader(bytes) && bytes.length === HEADER_BYTES + bytes.readUInt16BE(4);
}

function contentEnd(bytes: Buffer): number {
  if (isHeader(bytes)) return HEADER_BYTES + bytes.readUInt16BE(4);
  const got = bytes.subarray(0, HEADER_BYTES).toString("hex");
  throw new Error(`expected the header of a Modbus TCP answer, got 0x${got}`);
}

function isHeader(bytes: Buffer): boolean {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(2) !== 0) return false;
  const length = bytes.readUInt16BE(4);
  return length >= MIN_CONTENT_BYTES && length <= MAX_CONTENT_BYTES;
}
