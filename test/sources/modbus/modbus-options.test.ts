import { describe, expect, it } from "vitest";
import {
  type ModbusSourceOptions,
  type ModbusTag,
  modbusSource,
} from "../../../src/sources/modbus/index.ts";

const temperature: ModbusTag = {
  name: "pump1.temperature",
  table: "holding",
  address: 0,
  type: "float32",
};
const counter: ModbusTag = { name: "counter", table: "holding", address: 7, type: "uint16" };

describe("modbus source options", () => {
  it.each<[Partial<ModbusSourceOptions> | { tags: readonly object[] }, string]>([
    [{ host: "" }, 'host must be a host name or an address, got ""'],
    [{ port: 70000 }, "port must be a whole number from 1 to 65535, got 70000"],
    [{ unitId: 256 }, "unitId must be a whole number from 0 to 255, got 256"],
    [{ pollMs: 0 }, "pollMs must be a number above zero, got 0"],
    [{ timeoutMs: Number.NaN }, "timeoutMs must be a number above zero, got NaN"],
    [{ giveUpAfterMs: -1 }, "giveUpAfterMs must be a number above zero, got -1"],
    [{ tags: [] }, "tags must hold one or more tags"],
    [{ tags: [counter, counter] }, 'name must be unique, got "counter" twice'],
    [
      { tags: [{ ...counter, range: [5, 5] }] },
      'range of "counter" must go from low to high, got 5 to 5',
    ],
    [
      { tags: [{ ...counter, address: -1 }] },
      "address must be a whole number from 0 to 65535, got -1",
    ],
    [
      { tags: [{ ...temperature, address: 65535 }] },
      "address must be a whole number from 0 to 65534, got 65535",
    ],
    [
      { tags: [{ ...counter, byteOrder: "BCDA" }] },
      "byteOrder must be one of ABCD, CDAB, BADC, DCBA, got BCDA",
    ],
    [{ tags: [{ ...counter, type: "bool" }] }, "in table holding, got bool"],
    [{ tags: [{ ...counter, table: "coil" }] }, "type must be bool in table coil, got uint16"],
    [
      { tags: [{ ...counter, table: "memory" }] },
      "table must be holding, input, coil or discrete, got memory",
    ],
    [{ tags: [{ ...counter, scale: 0 }] }, "scale must be a number other than 0, got 0"],
    [{ tags: [{ ...counter, offset: Number.NaN }] }, "offset must be a finite number, got NaN"],
    [{ host: undefined }, "expected either host or serial, got neither"],
    [{ serial: { path: "/dev/ttyUSB0" } }, "expected either host or serial, got both"],
    [{ protocol: "rtu" } as object, "protocol must be tcp, udp or rtu-over-tcp, got rtu"],
    [{ pollInterval: 5 } as object, 'there is no option "pollInterval"'],
    [{ maxRegisters: 126 }, "maxRegisters must be a whole number from 1 to 125, got 126"],
    [{ maxBits: 2001 }, "maxBits must be a whole number from 1 to 2000, got 2001"],
    [{ maxGap: -1 }, "maxGap must be a whole number from 0 to 2000, got -1"],
    [{ pauseMs: -1 }, "pauseMs must not be negative, got -1"],
    [{ quarantineFirstMs: 0 }, "quarantineFirstMs must be a number above zero, got 0"],
    [{ units: { 1: { timeOut: 5 } as object } }, 'units[1]: there is no option "timeOut"'],
    [{ units: { 9: { pauseMs: 5 } } }, "units[9]: there is no tag and no text of unit 9"],
    [
      { tags: [temperature], maxRegisters: 1 },
      'maxRegisters of unit 1 must be at least 2, which "pump1.temperature" takes, got 1',
    ],
    [
      {
        texts: [{ name: "serial number", table: "input", address: 0, registers: 16 }],
        maxRegisters: 10,
      },
      'maxRegisters of unit 1 must be at least 16, which "serial number" takes, got 10',
    ],
    [
      { protocol: "rtu-over-tcp", unitId: 0 },
      'unitId of "counter" must be 1 to 255 on a serial line, where nobody answers to 0',
    ],
  ])("refuses %j", (wrong, message) => {
    const options = { host: "10.0.0.5", tags: [counter], ...wrong } as ModbusSourceOptions;
    expect(() => modbusSource(options)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(message),
      }),
    );
  });

  const serial = { path: "/dev/ttyUSB0", baudRate: 1200 };
  const many = Array.from(
    { length: 125 },
    (_, address): ModbusTag => ({ ...counter, name: `r${address}`, address }),
  );

  it("refuses a time-out that is shorter than a request takes on the wire", () => {
    expect(() => modbusSource({ serial, tags: many })).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message:
          "modbus /dev/ttyUSB0: timeoutMs of unit 1 must be above 2411, which a request for 125 registers takes at 1200 baud, got 1000",
      }),
    );
    expect(() => modbusSource({ serial, tags: many, timeoutMs: 3000 })).not.toThrow();
    expect(() => modbusSource({ serial, tags: many, maxRegisters: 40 })).not.toThrow();
  });

  it.each<[object, string]>([
    [{ path: "" }, 'path must name a serial port, got ""'],
    [{ ...serial, baudRate: 5 }, "baudRate must be a whole number from 50 to 4000000, got 5"],
    [{ ...serial, parity: "mark" }, "parity must be one of none, even, odd, got mark"],
    [{ ...serial, stopBits: 3 }, "stopBits must be one of 1, 2, got 3"],
    [{ ...serial, speed: 9600 }, 'there is no option "speed"'],
  ])("refuses the serial line %j", (wrong, message) => {
    const options = { serial: wrong, tags: [counter] } as ModbusSourceOptions;
    expect(() => modbusSource(options)).toThrow(message);
  });
});
