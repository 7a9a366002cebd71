import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ModbusRequest,
  type PlanItem,
  type PlanLimits,
  planRequests,
  splitRequest,
} from "../../../../src/sources/modbus/poll/plan-requests.ts";

const limits: PlanLimits = { maxRegisters: 125, maxBits: 2000, maxGap: 0, oneByOne: false };
const item = (address: number, count = 1, rest: Partial<PlanItem> = {}): PlanItem => ({
  name: `${rest.unitId ?? 1}/${rest.table ?? "holding"}@${address}+${count}`,
  unitId: 1,
  table: "holding",
  pollMs: 1000,
  address,
  count,
  ...rest,
});
const plan = (items: readonly PlanItem[], changed: Partial<PlanLimits> = {}) =>
  planRequests(items, () => ({ ...limits, ...changed }));
const shapes = (requests: readonly ModbusRequest[]) =>
  requests.map(
    ({ unitId, table, address, count, items }) =>
      `unit ${unitId} ${table} ${address}+${count}: ${items.length}`,
  );

describe("request planner", () => {
  it.each<[string, PlanItem[], string[]]>([
    ["neighbours", [item(2), item(0, 2)], ["unit 1 holding 0+3: 2"]],
    ["a gap", [item(0), item(2)], ["unit 1 holding 0+1: 1", "unit 1 holding 2+1: 1"]],
    ["overlaps", [item(0, 2), item(1), item(0)], ["unit 1 holding 0+2: 3"]],
    [
      "two tables",
      [item(0), item(1, 1, { table: "input" })],
      ["unit 1 holding 0+1: 1", "unit 1 input 1+1: 1"],
    ],
    [
      "two units",
      [item(0, 1, { unitId: 2 }), item(1)],
      ["unit 1 holding 1+1: 1", "unit 2 holding 0+1: 1"],
    ],
    [
      "two periods",
      [item(0), item(1, 1, { pollMs: 10 })],
      ["unit 1 holding 1+1: 1", "unit 1 holding 0+1: 1"],
    ],
  ])("plans %s", (_what, items, expected) => {
    expect(shapes(plan(items))).toEqual(expected);
  });

  it("reads at most 125 registers and 2000 bits at once, and never half a value", () => {
    const floats = Array.from({ length: 100 }, (_, index) => item(2 * index, 2));
    expect(shapes(plan(floats))).toEqual(["unit 1 holding 0+124: 62", "unit 1 holding 124+76: 38"]);
    const bits = Array.from({ length: 2001 }, (_, index) => item(index, 1, { table: "coil" }));
    expect(shapes(plan(bits))).toEqual(["unit 1 coil 0+2000: 2000", "unit 1 coil 2000+1: 1"]);
  });

  it("reads over gaps up to the maximum, to save requests", () => {
    const items = [item(0), item(5), item(20)];
    expect(shapes(plan(items, { maxGap: 4 }))).toEqual([
      "unit 1 holding 0+6: 2",
      "unit 1 holding 20+1: 1",
    ]);
    expect(shapes(plan(items, { maxGap: 14 }))).toEqual(["unit 1 holding 0+21: 3"]);
  });

  it("plans less for a device that allows fewer registers, and leaves the others alone", () => {
    const floats = [1, 2].flatMap((unitId) =>
      Array.from({ length: 10 }, (_, index) => item(2 * index, 2, { unitId })),
    );
    const requests = planRequests(floats, (unitId) => ({
      ...limits,
      maxRegisters: unitId === 2 ? 8 : 125,
    }));
    expect(shapes(requests)).toEqual([
      "unit 1 holding 0+20: 10",
      "unit 2 holding 0+8: 4",
      "unit 2 holding 8+8: 4",
      "unit 2 holding 16+4: 2",
    ]);
  });

  it("asks one by one where told to, but for tags of the same registers once", () => {
    const bits = [item(3), item(3), item(4)];
    expect(shapes(plan(bits, { oneByOne: true }))).toEqual([
      "unit 1 holding 3+1: 2",
      "unit 1 holding 4+1: 1",
    ]);
  });

  const anyItems = fc
    .array(
      fc.record({
        unitId: fc.constantFrom(1, 2),
        table: fc.constantFrom("holding" as const, "input" as const),
        address: fc.integer({ min: 0, max: 60 }),
        count: fc.constantFrom(1, 2, 4),
      }),
      { maxLength: 40 },
    )
    .map((places) =>
      places.map((place, index): PlanItem => ({ name: `t${index}`, pollMs: 1000, ...place })),
    );
  const anyLimits = fc.record({
    maxRegisters: fc.integer({ min: 4, max: 20 }),
    maxGap: fc.integer({ min: 0, max: 8 }),
  });

  it("asks for every tag exactly once, within the limits", () => {
    fc.assert(
      fc.property(anyItems, anyLimits, (items, changed) => {
        const requests = plan(items, changed);
        const asked = requests.flatMap((request) => request.items);
        expect(asked.map(({ name }) => name).sort()).toEqual(items.map(({ name }) => name).sort());
        for (const request of requests) {
          expect(request.count).toBeLessThanOrEqual(changed.maxRegisters);
          for (const { address, count, unitId, table } of request.items) {
            expect([unitId, table]).toEqual([request.unitId, request.table]);
            expect(address).toBeGreaterThanOrEqual(request.address);
            expect(address + count).toBeLessThanOrEqual(request.address + request.count);
          }
          expect(longestGap(request)).toBeLessThanOrEqual(changed.maxGap);
        }
      }),
    );
  });

  it("needs no more requests than the best of all plans", () => {
    const few = anyItems.map((items) =>
      items.filter(({ unitId, table }) => unitId === 1 && table === "holding").slice(0, 7),
    );
    fc.assert(
      fc.property(few, anyLimits, (items, changed) => {
        expect(plan(items, changed)).toHaveLength(fewestRequests(items, changed));
      }),
    );
  });

  it("cuts a request at what nobody asked for, else in the middle", () => {
    const [over] = plan([item(0), item(1), item(2), item(9)], { maxGap: 8 });
    expect(splitRequest(over as ModbusRequest).map((half) => shapes([half])[0])).toEqual([
      "unit 1 holding 0+3: 3",
      "unit 1 holding 9+1: 1",
    ]);
    const [dense] = plan([item(0), item(1, 2), item(3)]);
    expect(splitRequest(dense as ModbusRequest).map((half) => shapes([half])[0])).toEqual([
      "unit 1 holding 0+3: 2",
      "unit 1 holding 3+1: 1",
    ]);
  });
});

function longestGap({ items }: ModbusRequest): number {
  let end = Number.POSITIVE_INFINITY;
  let longest = 0;
  for (const { address, count } of items) {
    longest = Math.max(longest, address - end);
    end = Math.max(Number.isFinite(end) ? end : 0, address + count);
  }
  return longest;
}

/** By trying every set of items for the request that holds the first one. */
function fewestRequests(
  items: readonly PlanItem[],
  { maxRegisters, maxGap }: { maxRegisters: number; maxGap: number },
): number {
  const [first, ...others] = [...items].sort((a, b) => a.address - b.address);
  if (first === undefined) return 0;
  let fewest = Number.POSITIVE_INFINITY;
  for (let choice = 0; choice < 2 ** others.length; choice += 1) {
    const together = [first, ...others.filter((_, place) => (choice >> place) & 1)];
    const end = Math.max(...together.map(({ address, count }) => address + count));
    const request = { items: together } as unknown as ModbusRequest;
    if (end - first.address > maxRegisters || longestGap(request) > maxGap) continue;
    const rest = others.filter((_, place) => !((choice >> place) & 1));
    fewest = Math.min(fewest, 1 + fewestRequests(rest, { maxRegisters, maxGap }));
  }
  return fewest;
}
