import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../src/errors.ts";
import { LABEL_VERDICTS, parseLabelInput } from "../../src/math/label-input.ts";

const target = "0b54bd1c-58ab-8a4a-a7f1-6d0d7b2b9d01";
const atMs = Date.UTC(2026, 10, 27);

describe("a label that comes in", () => {
  it.each(LABEL_VERDICTS)("may say %s", (verdict) => {
    expect(parseLabelInput({ target, verdict })).toEqual({ target, verdict });
  });

  it("may say what the fault was, who says so and when", () => {
    const whole = {
      target,
      verdict: "fault",
      faultCode: "F-12",
      note: "bearing, drive end",
      by: "mk",
      atMs,
    };
    expect(parseLabelInput(whole)).toEqual(whole);
  });

  it("may leave out a field by null, as databases do", () => {
    expect(parseLabelInput({ target, verdict: "fault", note: null, atMs: null })).toEqual({
      target,
      verdict: "fault",
    });
  });

  it.each([
    ["a list", [], "expected an object, got a list"],
    ["nothing", null, "expected an object, got null"],
    ["a text", "fault", 'expected an object, got "fault"'],
    ["no target", { verdict: "fault" }, "target: expected the id"],
    ["an empty target", { target: " ", verdict: "fault" }, 'target: expected a text, got " "'],
    ["a number as target", { target: 7, verdict: "fault" }, "target: expected a text, got 7"],
    [
      "no verdict",
      { target },
      "verdict: expected fault, false-alarm, maintenance, unsure, got undefined",
    ],
    ["another verdict", { target, verdict: "ok" }, 'got "ok"'],
    ["a verdict that every object has", { target, verdict: "toString" }, 'got "toString"'],
    ["another field", { target, verdict: "fault", user: "mk" }, 'no field "user"'],
    [
      "a fault code of no fault",
      { target, verdict: "maintenance", faultCode: "F" },
      "faultCode: expected none",
    ],
    [
      "a novel",
      { target, verdict: "fault", note: "x".repeat(4001) },
      "note: expected at most 4000 characters, got 4001",
    ],
    [
      "seconds",
      { target, verdict: "fault", atMs: atMs / 1000 },
      "atMs: expected whole milliseconds",
    ],
    ["microseconds", { target, verdict: "fault", atMs: atMs * 1000 }, "atMs: expected"],
    ["a date", { target, verdict: "fault", atMs: "2026-11-27" }, 'got "2026-11-27"'],
  ])("is refused with %s", (_, value, message) => {
    const refused = (): unknown => parseLabelInput(value);
    expect(refused).toThrow(GatewayError);
    expect(refused).toThrow(message);
  });

  it("cannot smuggle in a prototype", () => {
    const text = `{"target":"${target}","verdict":"fault","__proto__":{"isAdmin":true}}`;
    expect(() => parseLabelInput(JSON.parse(text))).toThrow('no field "__proto__"');
    expect({}).not.toHaveProperty("isAdmin");
  });

  it("is taken, or refused with a short reason, whatever it is", () => {
    const verdict = fc.oneof(fc.constantFrom(...LABEL_VERDICTS), fc.anything());
    const record = fc.record({ target: fc.string(), verdict, note: fc.anything() });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), record), (value) => {
        try {
          expect(LABEL_VERDICTS).toContain(parseLabelInput(value).verdict);
        } catch (error) {
          expect(error).toMatchObject({ code: "LABEL_INVALID" });
          expect((error as GatewayError).message.length).toBeLessThan(200);
        }
      }),
    );
  });
});
