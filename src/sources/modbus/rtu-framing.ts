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
        const frame = frameAt(pending, start);
        if (!frame) continue;
        if (!frame.equals(asked)) frames.push(frame);
        pending = pending.subarray(start + frame.length);
        start = -1;
      }
      pending = pending.subarray(-MAX_FRAME_BYTES);
      return frames;
    },
  };
}

function frameAt(bytes: Buffer, start: number): Buffer | undefined {
  const length = frameLength(bytes, start);
  if (length === undefined || start + length > bytes.length) return undefined;
  const frame = bytes.subarray(start, start + length);
  return frame.readUInt16LE(length - 2) === crc16(frame.subarray(0, -2)) ? frame : undefined;
}

function frameLength(bytes: Buffer, start: number): number | undefined {
  const functionCode = bytes.readUInt8(start + 1);
  if (functionCode >= 1 && functionCode <= 4) return EXCEPTION_BYTES + bytes.readUInt8(start + 2);
  return functionCode >= 0x81 && functionCode <= 0x84 ? EXCEPTION_BYTES : undefined;
}
