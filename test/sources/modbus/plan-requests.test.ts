import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressCount, type ModbusTag } from "../../../src/sources/modbus/modbus-tag.ts";
import {
  type ModbusRequest,
  planRequests,
  splitRequest,
} from "../../../src/sources/modbus/plan-requests.ts";

const register = (address: number, type: ModbusTag["type"] = "uint16"): ModbusTag => ({
  name: `${type}@${address}`,
  table: "holding",
  address,
  type,
});
const shapes = (requests: readonly ModbusRequest[]) =>
  requests.map(({ table, address, count, tags }) => `${table} ${address}+${count}: ${tags.length}`);

describe("request planner", () => {
  it.each<[string, ModbusTag[], string[]]>([
    ["neighbours", [register(2), register(0, "float32")], ["holding 0+3: 2"]],
    ["a gap", [register(0), register(2)], ["holding 0+1: 1", "holding 2+1: 1"]],
    ["overlaps", [register(0, "float32"), register(1), register(0)], ["holding 0+2: 3"]],
    [
      "two tables",
      [register(0), { ...register(1), table: "input" }],
      ["holding 0+1: 1", "input 1+1: 1"],
    ],
  ])("plans %s", (_what, tags, expected) => {
    expect(shapes(planRequests(tags))).toEqual(expected);
  });

  it("reads at most 125 registers and 2000 bits at once, and never half a value", () => {
    const floats = Array.from({ length: 100 }, (_, index) => register(2 * index, "float32"));
    expect(shapes(planRequests(floats))).toEqual(["holding 0+124: 62", "holding 124+76: 38"]);
    const bits = Array.from(
      { length: 2001 },
      (_, index): ModbusTag => ({
        name: `bit${index}`,
        table: "coil",
        address: index,
        type: "bool",
      }),
    );
    expect(shapes(planRequests(bits))).toEqual(["coil 0+2000: 2000", "coil 2000+1: 1"]);
  });

  const anyTag = fc.record({
    table: fc.constantFrom("holding" as const, "input" as const),
    address: fc.integer({ min: 0, max: 400 }),
    type: fc.constantFrom("uint16" as const, "float32" as const),
  });
  const anyTags = fc
    .array(anyTag, { maxLength: 300 })
    .map((places) => places.map((place, index): ModbusTag => ({ name: `t${index}`, ...place })));

  it("asks for every tag exactly once and for no address that is no tag's", () => {
    fc.assert(
      fc.property(anyTags, (tags) => {
        const requests = planRequests(tags);
        expect(
          requests
            .flatMap((request) => request.tags)
            .map(({ name }) => name)
            .sort(),
        ).toEqual(tags.map(({ name }) => name).sort());
        for (const request of requests) {
          expect(request.count).toBeLessThanOrEqual(125);
          const covered = new Set(
            request.tags.flatMap((tag) =>
              Array.from({ length: addressCount(tag) }, (_, index) => tag.address + index),
            ),
          );
          expect(covered.size).toBe(request.count);
          expect(Math.min(...covered)).toBe(request.address);
          expect(request.tags.every(({ table }) => table === request.table)).toBe(true);
        }
      }),
    );
  });

  it("cuts a request into two that ask for the same tags", () => {
    const [request] = planRequests([register(0), register(1, "float32"), register(3)]);
    expect(shapes(splitRequest(request as ModbusRequest))).toEqual([
      "holding 0+3: 2",
      "holding 3+1: 1",
    ]);
  });
});
