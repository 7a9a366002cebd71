import type { ModbusRead } from "../modbus-client.ts";
import { holdsBits, type ModbusTable } from "../tags/modbus-table.ts";

/** By what an answer is known. An exception answers any request of its unit and function. */
export interface ExpectedAnswer {
  readonly unitId: number;
  readonly functionCode: number;
  readonly byteCount: number;
}

const functionCodes: Readonly<Record<ModbusTable, number>> = {
  coil: 1,
  discrete: 2,
  holding: 3,
  input: 4,
};

export function expectedAnswer({ unitId, table, count }: ModbusRead): ExpectedAnswer {
  const byteCount = holdsBits(table) ? Math.ceil(count / 8) : 2 * count;
  return { unitId, functionCode: functionCodes[table], byteCount };
}

/** Whether the frame can be the answer. Frames say neither which address they hold nor which request they answer. */
export function answers(frame: Buffer, expected: ExpectedAnswer): boolean {
  const { unitId, functionCode, byteCount } = expected;
  if (frame[0] !== unitId) return false;
  if (frame[1] === (functionCode | 0x80)) return frame.length === 5;
  return frame[1] === functionCode && frame[2] === byteCount && frame.length === 5 + byteCount;
}

/** Unit, function and data, with the checksum of a serial line behind. */
export function withChecksum(content: Buffer): Buffer {
  const frame = Buffer.alloc(content.length + 2);
  content.copy(frame);
  frame.writeUInt16LE(crc16(content), content.length);
  return frame;
}

/** Of the Modbus serial line specification, appendix B; one table look-up a byte. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (let place = 0; place < bytes.length; place += 1) {
    crc = (crc >> 8) ^ (crcTable[(crc ^ (bytes[place] as number)) & 0xff] as number);
  }
  return crc;
}

const crcTable = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  return crc;
});
