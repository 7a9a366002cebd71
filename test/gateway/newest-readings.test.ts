import fc from "fast-check";
import { expect, it } from "vitest";
import type { Reading } from "../../src/core/reading.ts";
import { createNewestReadings } from "../../src/gateway/newest-readings.ts";

const reading: fc.Arbitrary<Reading> = fc
  .record(
    {
      tag: fc.constantFrom("a", "b", "c", "stranger"),
      timeMs: fc.double(),
      value: fc.double(),
      quality: fc.constantFrom("good", "uncertain", "bad"),
      statusCode: fc.double(),
      late: fc.constant(true),
    },
    { requiredKeys: ["tag", "timeMs", "value", "quality"] },
  )
  .map((one) => one as Reading);

it("gives back the newest reading of each of its tags as it came, whatever the order in which tags come", () => {
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 40 }), (readings) => {
      const newest = createNewestReadings(["a", "b", "c"]);
      const plain = new Map<string, Reading>();
      for (const one of readings) {
        newest.note(one);
        if (one.tag !== "stranger") plain.set(one.tag, one);
      }
      expect(newest.all()).toEqual(plain);
    }),
  );
});

it("gives what there was at that moment", () => {
  const newest = createNewestReadings(["a"]);
  newest.note({ tag: "a", timeMs: 1, value: 1, quality: "good" });
  const before = newest.all();
  newest.note({ tag: "a", timeMs: 2, value: 2, quality: "good" });
  expect(before.get("a")?.value).toBe(1);
});
