import type { Framing } from "./framing.ts";
import { crc16 } from "./rtu-frame.ts";

const MAX_FRAME_BYTES = 256;
const EXCEPTION_BYTES = 5;

/**
 * Modbus RTU: frames follow each other in a stream of bytes, told apart by their length and checksum.
 *
 * Frames may arrive in pieces and with noise before, between and after them: whatever has no right checksum is skipped, and so is
 * the request itself, which adapters for two wires hear, too. Every answer to functions 1 to 4 comes out, whoever sent it
 * and whenever it was asked for.
 */
export function rtuFraming(): Framing {
  let pending: Buffer = Buffer.alloc(0);
  let asked: Buffer = Buffer.alloc(0);
  return {
    wrap(request) {
      asked = request;
      return request;
    },
    unwrap(bytes) {
      pending = Buffer.concat([pending, bytes]);
      const frames: Buffer[] = [];
      for (let start = 0; start + EXCEPTION_BYTES <= pending.length; start += 1) {
        const rest = pending.subarray(start);
        if (isBeginning(rest, asked)) break; // what is inside may look like a frame
        const frame = soundFrame(rest);
        if (!frame) continue;
        if (!frame.equals(asked)) frames.push(frame);
        pending = rest.subarray(frame.length);
        start = -1;
      }
      pending = pending.subarray(-MAX_FRAME_BYTES);
      return frames;
    },
  };
}

/** Infinity when this is the beginning of no answer. */
function frameLength(bytes: Buffer): number {
  const functionCode = bytes.readUInt8(1);
  if (functionCode >= 1 && functionCode <= 4) return EXCEPTION_BYTES + bytes.readUInt8(2);
  return functionCode >= 0x81 && functionCode <= 0x84 ? EXCEPTION_BYTES : Number.POSITIVE_INFINITY;
}

function soundFrame(bytes: Buffer): Buffer | undefined {
  const length = frameLength(bytes);
  if (length > bytes.length) return undefined;
  const frame = bytes.subarray(0, length);
  return frame.readUInt16LE(length - 2) === crc16(frame.subarray(0, -2)) ? frame : undefined;
}

/** Whether these bytes are the first ones, and not all, of the answer to the request: unit, function and length are right. */
function isBeginning(bytes: Buffer, request: Buffer): boolean {
  if (request.length === 0 || bytes.length >= frameLength(bytes)) return false;
  const functionCode = request.readUInt8(1);
  const count = request.readUInt16BE(4);
  const byteCount = functionCode <= 2 ? Math.ceil(count / 8) : 2 * count;
  return bytes[0] === request[0] && bytes[1] === functionCode && bytes[2] === byteCount;
}
