import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import type { GatewayMessage } from "../../../src/core/gateway-message.ts";
import { sampleCapture, sampleLabel } from "../../../src/testing/sample-messages.ts";
import { exportDataset } from "../../../src/truth/dataset/export-dataset.ts";
import { tempFolder } from "../../temp-folder.ts";
import { captureOf, keptList } from "./kept-list.ts";

type Row = Record<string, unknown>;

async function rowsOf(path: string): Promise<readonly Row[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(path) });
}

/** Exports to Parquet and reads it back. */
async function exported(messages: readonly GatewayMessage[]): Promise<readonly Row[]> {
  const out = join(tempFolder(), "data.parquet");
  await exportDataset(keptList(messages), { out });
  return rowsOf(out);
}

function bits(values: unknown): readonly number[] {
  return [...new Uint32Array(Float32Array.from(values as number[]).buffer)];
}

describe("exportDataset to Parquet", () => {
  it("writes all that is known of a window", async () => {
    const capture = sampleCapture({
      mutedBy: "label-1",
      reason: "event",
      eventId: "incident-1",
      inclusionProbability: 0.25,
    });
    const label = sampleLabel({ target: capture.id, faultCode: "B-12", note: 'grease, "old"' });
    const [row] = await exported([capture, label]);
    expect(row).toEqual({
      id: capture.id,
      gateway: "gateway-1",
      machine: "pump-1",
      model_name: "pump",
      model_version: "1",
      model_sha256: "0".repeat(64),
      reason: "event",
      event_id: "incident-1",
      inclusion_probability: 0.25,
      weight: 4,
      end_ms: 1_700_000_004_000,
      period_ms: 1000,
      score: 0.4,
      threshold: 4,
      coverage: 0.75,
      muted_by: "label-1",
      label: "fault",
      fault_code: "B-12",
      note: 'grease, "old"',
      labelled_by: "shift B",
      labelled_at_ms: 1_700_000_060_000,
      labels: 1,
      length: 2,
      tags: ["bearingTemperature", "flow"],
      window: [62.1, 14.8, 62.3, Number.NaN].map(Math.fround),
      normalized: [0.05, -0.1, 0.25, 0].map(Math.fround),
      reconstruction: [0.1, -0.2, 0.2, -0.1].map(Math.fround),
    });
  });

  it("leaves empty what is not known", async () => {
    const [row] = await exported([sampleCapture({ outputs: [], auxiliary: [] })]);
    for (const column of [
      "event_id",
      "muted_by",
      "label",
      "note",
      "normalized",
      "reconstruction",
    ]) {
      expect(row?.[column] ?? null, column).toBeNull();
    }
    expect(row).toMatchObject({ labels: 0, length: 2 });
  });

  it("keeps every float to the last bit", async () => {
    const floats = fc
      .float32Array({ minLength: 2, maxLength: 64 })
      .map((values) => values.subarray(0, values.length - (values.length % 2)));
    const special = Float32Array.of(0, -0, Number.NaN, Infinity, -Infinity, 1e-45, 3.4e38, -0);
    const windows = fc.record({ window: floats, normalized: floats, reconstruction: floats });
    await fc.assert(
      fc.asyncProperty(fc.array(windows, { minLength: 1, maxLength: 20 }), async (tensors) => {
        const all = [...tensors, { window: special, normalized: special, reconstruction: special }];
        const rows = await exported(all.map((one, place) => captureOf(one, { id: `c${place}` })));
        for (const [place, { window, normalized, reconstruction }] of all.entries()) {
          const row = rows[place];
          expect(bits(row?.["window"])).toEqual(bits(window));
          expect(bits(row?.["normalized"])).toEqual(bits(normalized));
          expect(bits(row?.["reconstruction"])).toEqual(bits(reconstruction));
          expect(row?.["length"]).toBe(window.length / 2);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("writes many windows in groups of rows, in their order", async () => {
    const out = join(tempFolder(), "data.parquet");
    const window = Float32Array.from({ length: 2000 }, (_, place) => Math.sin(place));
    const captures = Array.from({ length: 300 }, (_, place) =>
      captureOf({ window, normalized: window }, { id: `c${place}` }),
    );
    await exportDataset(keptList(captures), { out });
    const { row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(out));
    expect(row_groups.length).toBeGreaterThan(1);
    const rows = await rowsOf(out);
    expect(rows.map(({ id }) => id)).toEqual(captures.map(({ id }) => id));
    expect(bits(rows.at(-1)?.["window"])).toEqual(bits(window));
  });

  it("makes a file without rows where nothing was kept", async () => {
    const out = join(tempFolder(), "data.parquet");
    expect(await exportDataset(keptList([]), { out })).toMatchObject({ windows: 0 });
    expect(await rowsOf(out)).toEqual([]);
  });
});

describe("the label of a window", () => {
  const capture = sampleCapture({ id: "w", reason: "event", eventId: "e" });
  const say = (id: string, atMs: number, overrides = {}): GatewayMessage =>
    sampleLabel({ id, atMs, target: "w", ...overrides });

  it.each<[string, readonly GatewayMessage[], unknown, number]>([
    ["is what was said of its event", [say("1", 1, { target: "e" })], "fault", 1],
    [
      "is the newest by the time it was said, not by the time it came",
      [say("2", 20, { verdict: "maintenance" }), say("1", 10)],
      "maintenance",
      2,
    ],
    [
      "is the later one of two that were said at the same time",
      [say("1", 10), say("2", 10, { verdict: "false-alarm" })],
      "false-alarm",
      2,
    ],
    [
      "is the newest, whether of the window or of its event",
      [say("1", 10, { verdict: "false-alarm" }), say("2", 20, { target: "e" })],
      "fault",
      2,
    ],
    [
      "is none when it was taken back",
      [say("1", 10), say("2", 20, { verdict: "unsure" })],
      null,
      2,
    ],
    [
      "is the one that was said after that",
      [say("1", 10), say("2", 20, { verdict: "unsure" }), say("3", 30)],
      "fault",
      3,
    ],
    ["counts once, however often it comes", [say("1", 10), say("1", 10)], "fault", 1],
    ["is not what was said of others", [say("1", 10, { target: "x" })], null, 0],
  ])("%s", async (_, labels, verdict, count) => {
    const [row] = await exported([capture, ...labels]);
    expect({ label: row?.["label"] ?? null, labels: row?.["labels"] }).toEqual({
      label: verdict,
      labels: count,
    });
  });
});

describe("exportDataset", () => {
  const messages = [
    sampleCapture({ id: "a", reason: "event", eventId: "e", inclusionProbability: 1 }),
    sampleCapture({ id: "b", reason: "novel" }),
    sampleCapture({ id: "c", machine: "pump-2" }),
    sampleLabel({ id: "1", target: "e" }),
    sampleLabel({ id: "2", target: "c", verdict: "false-alarm" }),
    sampleLabel({ id: "3", target: "b", verdict: "unsure" }),
  ];

  it.each([
    [{}, { windows: 3, byVerdict: { fault: 1, "false-alarm": 1, maintenance: 0, unlabelled: 1 } }],
    [{ labelled: true }, { windows: 2, byVerdict: { unlabelled: 0 } }],
    [{ machine: "pump-1" }, { windows: 2, byReason: { event: 1, novel: 1, random: 0 } }],
    [
      { machine: "pump-2", labelled: true },
      { windows: 1, byReason: { random: 1 } },
    ],
    [{ machine: "pump-3" }, { windows: 0 }],
  ])("with %o writes and counts what was asked for", async (options, summary) => {
    const out = join(tempFolder(), "data.parquet");
    expect(await exportDataset(keptList(messages), { out, ...options })).toMatchObject(summary);
    expect(await rowsOf(out)).toHaveLength(summary.windows);
  });

  it("leaves the old file as it was when it fails half-way", async () => {
    const folder = tempFolder();
    const out = join(folder, "data.csv");
    writeFileSync(out, "old");
    const broken = { kept: () => Promise.reject(new Error("the disk is gone")) };
    await expect(exportDataset(broken, { out })).rejects.toThrow("the disk is gone");
    expect(readFileSync(out, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["data.csv"]);
  });

  it.each([{ out: "data.xlsx" }, { out: "data.csv", labeled: true }])(
    "refuses %o",
    async (options) => {
      await expect(exportDataset(keptList([]), options)).rejects.toMatchObject({
        code: "CONFIG_INVALID",
      });
    },
  );
});
