import { describe, expect, it } from "vitest";
import {
  decodeText,
  type ModbusText,
  requireModbusTexts,
  resolveText,
} from "../../../../src/sources/modbus/tags/modbus-text.ts";

const serial: ModbusText = { name: "serial number", plcAddress: "30101", registers: 4 };

function read(words: readonly number[], byteOrder: "AB" | "BA" = "AB"): string {
  return decodeText(words, 0, { count: words.length, byteOrder });
}

describe("a text in registers", () => {
  it.each([
    ["AB", [0x5445, 0x5354]],
    ["BA", [0x4554, 0x5453]],
  ] as const)("in order %s is %j for TEST", (byteOrder, words) => {
    expect(read(words, byteOrder)).toBe("TEST");
  });

  it("ends at the first NUL, whatever an older text has left behind it", () => {
    expect(read([0x5631, 0x2e32, 0x0000, 0x2e39])).toBe("V1.2");
    expect(read([0x5600, 0x3939])).toBe("V");
    expect(read([0x0000, 0x0000])).toBe("");
  });

  it("ends before the spaces that fill it up, and keeps those within", () => {
    expect(read([0x4120, 0x4220, 0x2020])).toBe("A B");
  });

  it("shows what is not printable as a question mark", () => {
    expect(read([0x41b0, 0x0742, 0xffff])).toBe("A??B??");
  });

  it("begins where it lies in the answer, and ends with it", () => {
    expect(decodeText([0x5858, 0x4142, 0x5858], 1, { count: 1, byteOrder: "AB" })).toBe("AB");
    expect(decodeText([0x4142], 0, { count: 3, byteOrder: "AB" })).toBe("AB");
  });

  it("is found by the same addresses as a tag", () => {
    requireModbusTexts("line 1", [serial]);
    expect(resolveText(serial, { unitId: 3 })).toEqual({
      name: "serial number",
      unitId: 3,
      table: "input",
      address: 100,
      count: 4,
      byteOrder: "AB",
    });
    expect(resolveText({ ...serial, unitId: 9, byteOrder: "BA" }, { unitId: 3 })).toMatchObject({
      unitId: 9,
      byteOrder: "BA",
    });
  });
});

describe("a text that no device can serve is refused", () => {
  it.each<[unknown, string]>([
    [{ ...serial, plcAddress: "00001" }, "table must be holding or input for a text, got coil"],
    [{ ...serial, plcAddress: "40000" }, 'the first of table holding is "40001", got "40000"'],
    [{ ...serial, table: "holding" }, "as plcAddress, got both"],
    [{ name: "serial number", registers: 4 }, "as plcAddress, got neither"],
    [{ ...serial, registers: 0 }, "registers must be a whole number from 1 to 125, got 0"],
    [{ ...serial, registers: 126 }, "registers must be a whole number from 1 to 125, got 126"],
    [
      { name: "serial number", table: "input", address: 65533, registers: 4 },
      "address must be a whole number from 0 to 65532, got 65533",
    ],
    [{ ...serial, byteOrder: "ABCD" }, "byteOrder must be AB or BA for a text, got ABCD"],
    [{ ...serial, name: "" }, "name must be a text that is not empty"],
    [{ ...serial, length: 4 }, 'there is no option "length"'],
  ])("%j", (text, message) => {
    expect(() => requireModbusTexts("line 1", [text as ModbusText])).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(message),
      }),
    );
  });

  it("when its name is there twice, or the texts are no list", () => {
    expect(() => requireModbusTexts("line 1", [serial, serial])).toThrow(
      'line 1: text "serial number": name must be unique, got it twice',
    );
    expect(() => requireModbusTexts("line 1", "serial" as never)).toThrow(
      'line 1: texts must be a list, got "serial"',
    );
  });
});
