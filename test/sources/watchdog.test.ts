import { concat, map, NEVER, of, timer } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GatewayError } from "../../src/errors.ts";
import type { SourceUpdate } from "../../src/sources/source-update.ts";
import { sourceOf, statuses, value } from "./connection-script.ts";
import { hear } from "./hearing.ts";

describe("watchdog on data", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const expected = { expectMs: () => 3000, tags: [{ name: "a" }, { name: "b" }] };

  it('never says "live" for a connection that serves nothing, and makes a new one', async () => {
    let connections = 0;
    const source = sourceOf([], {
      ...expected,
      connector: () => () => {
        connections += 1;
        return NEVER;
      },
    });
    const seen = statuses(source);
    hear(source);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(connections).toBeGreaterThan(2);
    expect(new Set(seen.map(({ state }) => state))).toEqual(
      new Set(["idle", "connecting", "silent"]),
    );
    expect(seen.at(-1)?.error?.message).toBe(
      "plc: connected, but for longer than expected nothing has come of a, b",
    );
  });

  it("makes a tag bad that stays away while another goes on", async () => {
    const alone = timer(0, 1000).pipe(map((tick): SourceUpdate => value(1000 * tick)));
    const source = sourceOf([alone], expected);
    const seen = statuses(source);
    const heard = hear(source);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(heard.filter(({ tag }) => tag === "b")).toEqual([
      { tag: "b", timeMs: 1000, value: Number.NaN, quality: "bad" },
    ]);
    expect(seen.at(-1)).toMatchObject({
      state: "degraded",
      troubles: [{ part: "tag b", tags: ["b"], error: { code: "SOURCE_UNREACHABLE" } }],
    });
  });

  it("lets a value rest that is reported on change", async () => {
    const tags = [{ name: "a", reporting: "on-change" as const }];
    const source = sourceOf([concat(of(value(500)), NEVER)], { ...expected, tags });
    const seen = statuses(source);
    hear(source);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(seen.at(-1)).toMatchObject({ state: "live" });
  });

  it("does not wait again for what the device has refused", async () => {
    const error = new GatewayError("SOURCE_REJECTED", "no such node");
    const refused: SourceUpdate = { blank: ["b"], trouble: { part: "tag b", error } };
    const both = timer(0, 1000).pipe(
      map((tick): SourceUpdate => (tick === 0 ? refused : value(1000 * tick))),
    );
    const source = sourceOf([both], expected);
    const seen = statuses(source);
    hear(source);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen.at(-1)).toMatchObject({ state: "degraded", troubles: [{ error }] });
  });
});
