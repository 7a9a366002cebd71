import { describe, expect, it } from "vitest";
import {
  addressCount,
  type ModbusTag,
  requireModbusTags,
  resolveTag,
} from "../../../../src/sources/modbus/tags/modbus-tag.ts";

const defaults = { unitId: 1, pollMs: 1000 };
const level: ModbusTag = { name: "level", table: "holding", address: 7, type: "uint16" };
const { table: _table, address: _address, ...nowhere } = level;

function refusal(tag: object): unknown {
  try {
    requireModbusTags("line 1", [tag as ModbusTag]);
    return "accepted";
  } catch (error) {
    return error;
  }
}

describe("where a tag lies", () => {
  it.each([
    ["40001", "holding", 0],
    ["400001", "holding", 0],
    ["49999", "holding", 9998],
    ["465536", "holding", 65535],
    ["30012", "input", 11],
    ["310000", "input", 9999],
    ["10001", "discrete", 0],
    ["00017", "coil", 16],
    ["000017", "coil", 16],
  ] as const)(
    "off-by-one between manual and protocol address: %s is %s %i on the wire",
    (plcAddress, table, address) => {
      const bits = table === "coil" || table === "discrete";
      const tag: ModbusTag = { name: "level", plcAddress, type: bits ? "bool" : "uint16" };
      requireModbusTags("line 1", [tag]);
      expect(resolveTag(tag, defaults)).toMatchObject({ table, address });
    },
  );

  it("takes a protocol address as it is", () => {
    expect(resolveTag(level, defaults)).toMatchObject({ table: "holding", address: 7 });
  });

  it("fills in what the tag leaves open", () => {
    expect(resolveTag({ ...level, unit: "m", range: [0, 3] }, defaults)).toEqual({
      name: "level",
      unit: "m",
      range: [0, 3],
      unitId: 1,
      table: "holding",
      address: 7,
      count: 1,
      pollMs: 1000,
      type: "uint16",
      byteOrder: "ABCD",
      scale: 1,
      offset: 0,
    });
  });

  it("keeps what the tag says", () => {
    const said = { unitId: 0, pollMs: 250, byteOrder: "DCBA", scale: 0.1, offset: -40 } as const;
    expect(resolveTag({ ...level, ...said }, defaults)).toMatchObject(said);
  });

  it("leaves nothing of the manual's address behind for the wire", () => {
    expect(resolveTag({ ...nowhere, plcAddress: "40008" }, defaults)).not.toHaveProperty(
      "plcAddress",
    );
  });

  it.each([
    ["bool", 1],
    ["uint8", 1],
    ["float16", 1],
    ["float32", 2],
    ["bcd32", 2],
    ["int64", 4],
  ] as const)("%s takes %i address(es)", (type, count) => {
    expect(addressCount({ type })).toBe(count);
    expect(resolveTag({ ...level, type }, defaults).count).toBe(count);
  });

  it("reads 64 bits big-endian unless told otherwise", () => {
    expect(resolveTag({ ...level, type: "float64" }, defaults).byteOrder).toBe("ABCDEFGH");
  });
});

describe("a tag that no device can serve is refused", () => {
  it.each<[object, string]>([
    // Where.
    [nowhere, "its place must be given as table and address or as plcAddress, got neither"],
    [
      { ...level, plcAddress: "40008" },
      "its place must be given as table and address or as plcAddress, got both",
    ],
    [{ ...nowhere, table: "holding", plcAddress: "40008" }, "as plcAddress, got both"],
    [
      { ...nowhere, table: "holding" },
      "address must be a whole number from 0 to 65535, got undefined",
    ],
    [{ ...nowhere, address: 7 }, "table must be holding, input, coil or discrete, got undefined"],
    [{ ...level, table: "memory" }, "table must be holding, input, coil or discrete, got memory"],
    [{ ...level, address: 1.5 }, "address must be a whole number from 0 to 65535, got 1.5"],
    [{ ...level, address: 65536 }, "address must be a whole number from 0 to 65535, got 65536"],
    [
      { ...level, address: 65533, type: "int64" },
      "address must be a whole number from 0 to 65532, got 65533",
    ],
    [
      { ...nowhere, plcAddress: "465536", type: "float32" },
      'plcAddress must leave room for 2 registers: "465535" at most, got "465536"',
    ],
    [
      { ...nowhere, plcAddress: "40000" },
      'plcAddress counts from 1: the first of table holding is "40001", got "40000"',
    ],
    [{ ...nowhere, plcAddress: "300000" }, 'the first of table input is "300001", got "300000"'],
    [
      { ...nowhere, plcAddress: "50001" },
      'plcAddress must begin with 0 (coil), 1 (discrete), 3 (input) or 4 (holding), got "50001"',
    ],
    [{ ...nowhere, plcAddress: "465537" }, 'plcAddress must be "465536" at most, got "465537"'],
    [
      { ...nowhere, plcAddress: "4001" },
      'plcAddress must be a text of 5 or 6 digits such as "40001", got "4001"',
    ],
    [{ ...nowhere, plcAddress: "4x0001" }, 'got "4x0001"'],
    [
      { ...nowhere, plcAddress: 40001 },
      'plcAddress must be a text such as "40001", got the number 40001: put it in quotes',
    ],
    [{ ...level, unitId: 256 }, "unitId must be a whole number from 0 to 255, got 256"],
    [{ ...level, unitId: "1" }, "unitId must be a whole number from 0 to 255, got 1"],
    [{ ...level, pollMs: 0 }, "pollMs must be a number above zero, got 0"],
    // What.
    [{ ...level, type: "float" }, "type must be one of bool, int8, uint8, int16, uint16"],
    [{ ...level, table: "coil" }, "type must be bool in table coil, got uint16"],
    [{ ...level, table: "coil", type: "bcd16" }, "type must be bool in table coil, got bcd16"],
    [
      { ...level, type: "bool" },
      "type must be a number, or bool with a bit of 0 to 15, in table holding, got bool without bit",
    ],
    [{ ...level, bit: 3 }, "bit needs type bool, got uint16"],
    [{ ...level, type: "bool", bit: 16 }, "bit must be a whole number from 0 to 15, got 16"],
    [
      { ...level, table: "coil", type: "bool", bit: 3 },
      "bit needs a register, got table coil, where every address is one bit",
    ],
    [{ ...level, half: "low" }, "half needs type int8 or uint8, got uint16"],
    [{ ...level, type: "uint8" }, "half must be high or low for type uint8, got undefined"],
    [
      { ...level, type: "int8", half: "upper" },
      "half must be high or low for type int8, got upper",
    ],
    [
      { ...level, type: "int8", half: "low", byteOrder: "BADC" },
      "byteOrder must be left out for type int8, where half says which byte, got BADC",
    ],
    [
      { ...level, table: "discrete", type: "bool", byteOrder: "ABCD" },
      "byteOrder must be left out in table discrete, which has no bytes, got ABCD",
    ],
    [
      { ...level, byteOrder: "BCDA" },
      "byteOrder must be one of ABCD, CDAB, BADC, DCBA, got BCDA, for type uint16",
    ],
    [
      { ...level, type: "int64", byteOrder: "CDAB" },
      "byteOrder must be one of ABCDEFGH, GHEFCDAB, BADCFEHG, HGFEDCBA, CDABGHEF, EFGHABCD, DCBAHGFE, FEHGBADC, got CDAB, for type int64",
    ],
    [{ ...level, type: "float32", byteOrder: "ABCDEFGH" }, "got ABCDEFGH, for type float32"],
    [{ ...level, scale: 0 }, "scale must be a number other than 0, got 0"],
    [{ ...level, offset: Number.NaN }, "offset must be a finite number, got NaN"],
    // Numbers that are none.
    [{ ...level, badValues: 65535 }, "badValues must be a list of numbers, got 65535"],
    [
      { ...level, badValues: ["0xFFFF"] },
      'badValues must be finite numbers (NaN is bad anyway), got "0xFFFF"',
    ],
    [
      { ...level, badValues: [Number.NaN] },
      "badValues must be finite numbers (NaN is bad anyway), got NaN",
    ],
    [
      { ...level, badValues: [65536] },
      "badValues must be whole numbers from 0 to 65535 for type uint16, got 65536",
    ],
    [
      { ...level, badValues: [-1] },
      "badValues must be whole numbers from 0 to 65535 for type uint16, got -1",
    ],
    [
      { ...level, type: "int16", badValues: [-32769] },
      "badValues must be whole numbers from -32768 to 65535 for type int16, got -32769",
    ],
    [{ ...level, type: "bcd16", badValues: [0xffff] }, "from 0 to 9999 for type bcd16, got 65535"],
    [
      { ...level, type: "bool", bit: 0, badValues: [1] },
      "badValues must be left out for type bool, which is always a value",
    ],
    // States.
    [
      { ...level, states: {} },
      'states must map numbers to texts, as in { 0: "stopped", 1: "running" }, got {}',
    ],
    [{ ...level, states: ["off", "on"] }, 'states must map numbers to texts, as in { 0: "stopped"'],
    [
      { ...level, states: { on: "on" } },
      'states must be whole numbers from 0 to 65535 for type uint16, got "on"',
    ],
    [{ ...level, states: { 70000: "on" } }, 'from 0 to 65535 for type uint16, got "70000"'],
    [{ ...level, states: { 1: true } }, "states must map 1 to a text, got true"],
    [
      { ...level, type: "float32", states: { 1: "on" } },
      "states needs a type of whole numbers, got float32",
    ],
    [{ ...level, scale: 0.1, states: { 1: "on" } }, "states must stand without scale and offset"],
    [{ ...level, adress: 7 }, 'there is no option "adress"'],
  ])("%j", (tag, message) => {
    expect(refusal(tag)).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining('line 1: tag "level": '),
    });
    expect(refusal(tag)).toMatchObject({ message: expect.stringContaining(message) });
  });

  it.each<object>([
    { ...level, type: "bool", bit: 15, byteOrder: "DCBA", states: { 0: "open", 1: "closed" } },
    { ...level, table: "coil", type: "bool", scale: -1, offset: 1 },
    { ...level, type: "uint8", half: "high", badValues: [255] },
    { ...level, type: "int8", half: "low", badValues: [0x80, -1] },
    {
      ...level,
      type: "int64",
      byteOrder: "GHEFCDAB",
      badValues: [2 ** 63, 2 ** 64],
      pollMs: 60_000,
    },
    { ...level, type: "float32", badValues: [-9999.9] },
    { ...level, type: "int16", states: { "-1": "fault", 0: "stopped" }, reporting: "on-change" },
  ])("and one that it can serve is not: %j", (tag) => expect(refusal(tag)).toBe("accepted"));
});
