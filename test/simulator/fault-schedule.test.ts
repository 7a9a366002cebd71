import { describe, expect, it } from "vitest";
import { createFaultSchedule } from "../../src/simulator/fault-schedule.ts";

function listening() {
  const heard: string[] = [];
  return {
    heard,
    patient: {
      inject: (kind: string) => heard.push(`inject ${kind}`),
      clear: (kind: string) => heard.push(`clear ${kind}`),
    },
  };
}

describe("a fault schedule", () => {
  it("brings and takes away each fault once, when its time has come", () => {
    const { heard, patient } = listening();
    const run = createFaultSchedule(
      [
        { kind: "seal-leak", atMs: 300 },
        { kind: "cavitation", atMs: 100, forMs: 100 },
      ],
      patient,
    );
    run(99);
    expect(heard).toEqual([]);
    run(100);
    run(150);
    expect(heard).toEqual(["inject cavitation"]);
    run(200);
    run(10_000);
    expect(heard).toEqual(["inject cavitation", "clear cavitation", "inject seal-leak"]);
  });

  it("keeps the order of time when a late call finds several due", () => {
    const { heard, patient } = listening();
    const run = createFaultSchedule(
      [
        { kind: "stuck", atMs: 50 },
        { kind: "cavitation", atMs: 10, forMs: 20 },
      ],
      patient,
    );
    run(1000);
    expect(heard).toEqual(["inject cavitation", "clear cavitation", "inject stuck"]);
  });

  it.each([
    [{ kind: "gremlins" as "stuck", atMs: 0 }, /no fault "gremlins"/],
    [{ kind: "stuck" as const, atMs: -1 }, /atMs of the scheduled stuck .* got -1/],
    [{ kind: "stuck" as const, atMs: 0, forMs: Number.NaN }, /forMs .* got NaN/],
  ])("refuses %j", (entry, message) => {
    expect(() => createFaultSchedule([entry], listening().patient)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(message) }),
    );
  });
});
