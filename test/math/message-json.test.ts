import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage } from "../../src/math/message-json.ts";
import { sampleEvent, sampleSensorFault } from "../../src/testing/sample-messages.ts";

const finite = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0);
const number = fc.oneof(finite, fc.constant(Number.NaN));

describe("an event as JSON", () => {
  it("comes back as it was, values that are not numbers included", () => {
    const event = fc
      .record({
        id: fc.string({ unit: "binary" }),
        machine: fc.string({ unit: "binary" }),
        score: finite,
        contributions: fc.array(
          fc.record({ tag: fc.string(), share: number, actual: number, expected: number }),
        ),
        readings: fc.array(
          fc.record({
            tag: fc.string(),
            timeMs: fc.integer(),
            value: number,
            quality: fc.constantFrom("good", "uncertain", "bad"),
          }),
        ),
      })
      .map((parts) => sampleEvent(parts));
    fc.assert(
      fc.property(event, (original) => {
        const line = encodeMessage(original);
        expect(line).not.toContain("\n");
        expect(decodeMessage(line)).toEqual(original);
      }),
    );
  });

  it("comes back as it was when it is a sensor fault without a value", () => {
    const fault = sampleSensorFault({ value: Number.NaN });
    expect(decodeMessage(encodeMessage(fault))).toEqual(fault);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    '"text"',
    "{}",
    '{"kind":"anomaly"}',
    '{"kind":"fault","id":"a"}',
  ])("is not %s", (text) => {
    expect(() => decodeMessage(text)).toThrow();
  });
});
