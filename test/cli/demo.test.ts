import { describe, expect, it } from "vitest";
import { runCli } from "./run-cli.ts";

describe("wheeltapper demo", () => {
  it("shows its defaults in the units that it takes", async () => {
    expect((await runCli("demo", "--help")).stdout).toMatch(/\(default:\s+30s\)/);
  });

  it("learns on both protocols, finds the worn bearing, and delivers every message once", {
    timeout: 180_000,
  }, async () => {
    const { code, stdout, stderr } = await runCli("demo", "--no-dashboard", "--json");
    expect(stderr).toMatch(/modbus-tcp:\/\/.*opc\.tcp:\/\//);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      events: [{ fault: "bearing-wear", closed: true, topTag: expect.stringMatching(/^bearing/) }],
      duplicates: 0,
      lost: 0,
    });
    expect(result.events[0].openedAfterMs).toBeLessThan(10_000);
    expect(result.delivered).toBeGreaterThanOrEqual(2);
    expect(result.readings).toBeGreaterThan(result.frames);
    expect(result.frames).toBeGreaterThan(result.windows);
    expect(code).toBe(0);
  });
});
