import { describe, expect, it } from "vitest";
import { modbusPlan, printModbusPlan } from "../../../src/sources/modbus/index.ts";

describe("plan of a modbus source", () => {
  it("shows which registers were merged, what is read over, and how often", () => {
    const plan = modbusPlan({
      host: "10.0.0.5",
      pollMs: 500,
      units: { 7: { maxGap: 0 } },
      tags: [
        { name: "flow", table: "holding", address: 100, type: "float32" },
        { name: "pressure", plcAddress: "40111", type: "uint16" },
        { name: "alarm", table: "holding", address: 110, type: "bool", bit: 3 },
        { name: "hours", table: "input", address: 5, type: "uint32", pollMs: 60_000 },
        { name: "on", unitId: 7, table: "coil", address: 0, type: "bool" },
        { name: "open", unitId: 7, table: "coil", address: 2, type: "bool" },
      ],
      texts: [{ name: "serial number", table: "input", address: 0, registers: 4 }],
    });

    expect(printModbusPlan(plan)).toBe(
      [
        "unit  function     addresses  count  gaps  every       tags",
        "1     3 (holding)  100-110    11     8     500 ms      flow, pressure, alarm",
        "1     4 (input)    5-6        2      0     60000 ms    hours",
        "1     4 (input)    0-3        4      0     3600000 ms  serial number",
        "7     1 (coil)     0-0        1      0     500 ms      on",
        "7     1 (coil)     2-2        1      0     500 ms      open",
      ].join("\n"),
    );
  });

  it("refuses what the source would refuse", () => {
    expect(() => modbusPlan({ host: "10.0.0.5", tags: [] })).toThrow("tags must hold one or more");
  });
});
