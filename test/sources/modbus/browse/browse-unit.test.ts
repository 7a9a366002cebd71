import { describe, expect, it, onTestFinished } from "vitest";
import {
  browseUnit,
  type UnitBrowse,
  type UnitFindings,
} from "../../../../src/sources/modbus/browse/browse-unit.ts";
import type {
  ModbusClient,
  ModbusLine,
  ModbusRead,
} from "../../../../src/sources/modbus/modbus-client.ts";
import { holdsBits } from "../../../../src/sources/modbus/tags/modbus-table.ts";
import { modbusDevice } from "../modbus-device.ts";
import { connected } from "../wire/connected-client.ts";

const line: ModbusLine = { protocol: "tcp", host: "plc", port: 502 };

/** What an answer can be instead of words. */
const refusal = (modbusCode: number): Error => Object.assign(new Error("refused"), { modbusCode });
const silence = (): Error => Object.assign(new Error("timed out"), { code: "ETIMEDOUT" });

interface Device {
  readonly client: ModbusClient;
  readonly requests: readonly ModbusRead[];
  /** Requests under way at the same time at most. */
  readonly busiest: () => number;
}

/** A device that answers as `answer` says: with a word for the address, or with an error for the whole request. */
function device(answer: (request: ModbusRead) => Error | ((address: number) => number)): Device {
  const requests: ModbusRead[] = [];
  let busy = 0;
  let busiest = 0;
  const client: ModbusClient = {
    connect: async () => {},
    async read(request) {
      requests.push(request);
      busy += 1;
      busiest = Math.max(busiest, busy);
      await Promise.resolve();
      busy -= 1;
      const answered = answer(request);
      if (answered instanceof Error) throw answered;
      return Array.from({ length: request.count }, (_, index) => answered(request.address + index));
    },
    close: () => {},
  };
  return { client, requests, busiest: () => busiest };
}

/** A device that has the addresses for which `has` is true, in holding registers. */
function holding(has: (address: number) => boolean, mostAtOnce = 125): Device {
  return device(({ table, address, count }) => {
    if (table !== "holding") return refusal(1);
    if (count > mostAtOnce) return refusal(3);
    const all = Array.from({ length: count }, (_, index) => address + index);
    return all.every(has) ? (at) => at : refusal(2);
  });
}

function browse({ client }: Device, options: Partial<UnitBrowse> = {}): Promise<UnitFindings> {
  return browseUnit(client, line, {
    unitId: 1,
    tables: ["holding"],
    range: [0, 99],
    passes: 1,
    intervalMs: 1,
    timeoutMs: 1000,
    maxRequests: 1000,
    ...options,
  });
}

const spans = ({ tables }: UnitFindings): unknown =>
  tables[0]?.runs.map(({ address, looks }) => [address, address + (looks[0]?.length ?? 0) - 1]);

describe("browsing a Modbus unit", () => {
  it("reads 1000 registers that are all there with one request per 124, one at a time", async () => {
    const plc = holding(() => true);
    const found = await browse(plc, { range: [0, 999] });
    expect(spans(found)).toEqual([[0, 999]]);
    expect(found.tables[0]?.runs[0]?.looks[0]).toEqual(Array.from({ length: 1000 }, (_, at) => at));
    expect(plc.requests).toHaveLength(9);
    expect(plc.busiest()).toBe(1);
  });

  it("narrows down on illegal addresses until it is known which there are", async () => {
    const has = (at: number): boolean => at < 24 || (at >= 40 && at < 50) || at === 77;
    const plc = holding(has);
    const found = await browse(plc);
    expect(spans(found)).toEqual([
      [0, 23],
      [40, 49],
      [77, 77],
    ]);
    expect(found.tables[0]?.missing).toEqual([
      [24, 39],
      [50, 76],
      [78, 99],
    ]);
    expect(plc.requests.length).toBeLessThan(2 * 65 + 20);
  });

  it("finds a single hole with few requests", async () => {
    const plc = holding((at) => at !== 61);
    const found = await browse(plc);
    expect(spans(found)).toEqual([
      [0, 60],
      [62, 99],
    ]);
    expect(plc.requests.length).toBeLessThan(16);
  });

  it("goes on with smaller requests where a device takes fewer registers at once", async () => {
    const plc = holding(() => true, 40);
    const found = await browse(plc);
    expect(spans(found)).toEqual([[0, 99]]);
    expect(plc.requests.length).toBeLessThan(8);
  });

  it("asks for the same parts again in each later pass, and keeps what each pass saw", async () => {
    let reads = 0;
    const plc = device(({ address, count }) => {
      if (address + count > 10) return refusal(2);
      reads += 1;
      return () => reads;
    });
    const found = await browse(plc, { passes: 3, range: [0, 15] });
    const [run] = found.tables[0]?.runs ?? [];
    expect(run?.looks).toHaveLength(3);
    expect(plc.requests.slice(-4).map(({ address, count }) => [address, count])).toEqual([
      [0, 8],
      [8, 2],
      [0, 8],
      [8, 2],
    ]);
    expect(new Set(run?.looks.map((look) => look[0])).size).toBe(3);
  });

  it("leaves a pass out for the registers whose answer did not come, and keeps the others", async () => {
    let asked = 0;
    const plc = device(({ address }) => {
      if (address >= 124) return (at) => at;
      asked += 1;
      return asked === 2 ? silence() : (at) => at;
    });
    const found = await browse(plc, { passes: 3, range: [0, 99] });
    expect(found.tables[0]?.runs[0]?.looks).toHaveLength(2);
  });

  it("leaves a silent unit alone after its first request, asked twice, and says so", async () => {
    const plc = device(silence);
    const { failure, tables } = await browse(plc, { tables: ["holding", "input", "coil"] });
    expect(plc.requests).toHaveLength(2);
    expect(tables).toEqual([]);
    expect(failure).toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringContaining(
        "unit 1, function 3 (holding), address 0, count 100: no answer",
      ),
    });
  });

  it("believes a gateway that says that the unit is not there", async () => {
    const plc = device(() => refusal(11));
    const { failure } = await browse(plc);
    expect(plc.requests).toHaveLength(1);
    expect(failure?.message).toContain("gateway target does not respond");
  });

  it("gives up a table whose addresses are not answered, and goes on with the next", async () => {
    const plc = device(({ table, address }) => {
      if (table === "input") return (at) => at;
      return address === 0 ? () => 0 : silence();
    });
    const found = await browse(plc, { tables: ["holding", "input"], range: [0, 1239] });
    expect(found.tables[0]).toMatchObject({ silent: [[124, 495]], skipped: [[496, 1239]] });
    expect(found.tables[1]?.runs).toHaveLength(1);
  });

  it("does not ask on in a table that the device does not serve", async () => {
    const plc = holding(() => true);
    const found = await browse(plc, { tables: ["input", "holding"] });
    expect(found.tables[0]?.refused?.message).toContain("illegal function");
    expect(found.tables[1]?.runs).toHaveLength(1);
    expect(plc.requests).toHaveLength(2);
  });

  it("waits for a device that is busy", async () => {
    let asked = 0;
    const plc = device(() => {
      asked += 1;
      return asked < 3 ? refusal(6) : (at) => at;
    });
    expect(spans(await browse(plc))).toEqual([[0, 99]]);
  });

  it("stops finding after so many requests, and says what it has not asked for", async () => {
    const plc = holding((at) => at === 3);
    const found = await browse(plc, { maxRequests: 20, range: [0, 999] });
    expect(plc.requests).toHaveLength(20);
    expect(spans(found)).toEqual([[3, 3]]);
    expect(found.tables[0]?.skipped.at(-1)?.[1]).toBe(999);
  });

  it("takes a broken connection for one", async () => {
    const plc = device(() => new Error("the device closed the connection"));
    await expect(browse(plc)).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringContaining("the device closed the connection"),
    });
  });

  it("reads all four tables of a real device", async () => {
    const real = await modbusDevice();
    onTestFinished(() => real.stop());
    real.input.set(3, 17).set(4, 18);
    real.coils.set(0, true).set(1, false).set(2, true);
    real.discrete.set(9, true);
    const tcp: ModbusLine = { protocol: "tcp", host: "127.0.0.1", port: real.port };
    const client = await connected(tcp);
    const found = await browseUnit(client, tcp, {
      unitId: 1,
      tables: ["holding", "input", "coil", "discrete"],
      range: [0, 19],
      passes: 2,
      intervalMs: 1,
      timeoutMs: 10_000,
      maxRequests: 1000,
    });
    expect(found.tables.map(({ table, runs }) => [table, runs])).toEqual([
      ["holding", [expect.objectContaining({ address: 0, looks: twice([0x42f6, 0xe979]) })]],
      ["input", [expect.objectContaining({ address: 3, looks: twice([17, 18]) })]],
      ["coil", [expect.objectContaining({ address: 0, looks: twice([1, 0, 1]) })]],
      ["discrete", [expect.objectContaining({ address: 9, looks: twice([1]) })]],
    ]);
    expect(found.tables.map(({ table }) => holdsBits(table))).toEqual([false, false, true, true]);
  });
});

const twice = <T>(value: T): readonly T[] => [value, value];
