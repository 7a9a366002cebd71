import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CaptureTensor, WindowCapture } from "../../src/core/window-capture.ts";
import { derivedId } from "../../src/derived-id.ts";
import { decodeMessage, encodeMessage } from "../../src/math/message-json.ts";
import { captureBytes, composeCapture } from "../../src/truth/compose-capture.ts";

const model = { name: "pump", version: "1", sha256: "ab".repeat(32) };
const originOf = (tags: readonly string[]) => ({
  gateway: "gateway-1",
  machine: "pump-1",
  model,
  periodMs: 1000,
  tags,
});

const numbersOf = ({ data }: CaptureTensor): readonly number[] => {
  const bytes = Buffer.from(data, "base64");
  return Array.from({ length: bytes.length / 4 }, (_, place) => bytes.readFloatLE(4 * place));
};

/** A capture of three frames. */
function captureOf(
  tags: readonly string[],
  values: readonly number[],
  held: Pick<WindowCapture, "mutedBy"> = {},
): WindowCapture {
  const cells = Float32Array.from({ length: 3 * tags.length }, (_, cell) => cell / 4);
  const window = {
    endMs: 1_764_000_000_000,
    length: 3,
    tags: tags.length,
    values: Float64Array.from(cells, (_, cell) => values[cell % values.length] ?? Number.NaN),
    coverage: 0.9,
  };
  const score = {
    endMs: window.endMs,
    value: values[0] ?? 0,
    threshold: 4,
    verdict: "normal" as const,
    coverage: 0.9,
    ...held,
    contributions: tags.map((_, tag) => ({
      tag: `model's tag ${tag}`,
      share: 1 / tags.length,
      actual: values[tag] ?? Number.NaN,
      expected: 1 / 3,
    })),
  };
  return composeCapture(
    originOf(tags),
    { score, window },
    { reason: "random", inclusionProbability: 1 / 3 },
    { normalized: cells.subarray(), reconstruction: cells.map((cell) => -cell) },
  );
}

describe("composeCapture", () => {
  it("holds the window, what the network took it for and what it expected, by the source's names", () => {
    const capture = captureOf(["flow", "pressure"], [1.5, Number.NaN]);
    const [window] = capture.inputs;
    const [reconstruction] = capture.outputs;
    const [normalized] = capture.auxiliary;
    expect(window).toMatchObject({ name: "window", dataType: "FLOAT32", shape: [3, 2] });
    expect(window && numbersOf(window)).toEqual([
      1.5,
      Number.NaN,
      1.5,
      Number.NaN,
      1.5,
      Number.NaN,
    ]);
    expect(normalized && numbersOf(normalized)).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25]);
    expect(reconstruction && numbersOf(reconstruction)).toEqual([
      -0, -0.25, -0.5, -0.75, -1, -1.25,
    ]);
    expect(capture.contributions.map(({ tag }) => tag)).toEqual(["flow", "pressure"]);
    expect(capture.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(decodeMessage(encodeMessage(capture))).toEqual(capture);
  });

  it("says which label held the window back, and nothing where none did", () => {
    const mutedBy = derivedId("label", "event");
    const capture = captureOf(["flow"], [1], { mutedBy });
    expect(decodeMessage(encodeMessage(capture))).toMatchObject({ mutedBy });
    expect(captureOf(["flow"], [1])).not.toHaveProperty("mutedBy");
  });

  it("has the same id for the same window of the same model, and another for any other", () => {
    const { id } = captureOf(["flow"], [1]);
    expect(captureOf(["flow"], [2]).id).toBe(id);
  });

  it("has a size that is known before, whatever is in it", () => {
    const names = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 6,
    });
    const values = fc.array(fc.double(), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(names, values, fc.boolean(), (tags, cells, isHeld) => {
        const held = isHeld ? { mutedBy: derivedId("label", tags.length) } : {};
        const bytes = Buffer.byteLength(encodeMessage(captureOf(tags, cells, held)));
        const bound = captureBytes(originOf(tags), { windowLength: 3 });
        expect(bytes).toBeLessThanOrEqual(bound);
        expect(bytes).toBeGreaterThan(bound - 100 * tags.length - 200);
      }),
    );
  });
});
