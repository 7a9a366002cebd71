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
  ])("refuses %j", (wrong, message) => {
    const options = { host: "10.0.0.5", tags: [counter], ...wrong } as ModbusSourceOptions;
    expect(() => modbusSource(options)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(message),
      }),
    );
  });
});
