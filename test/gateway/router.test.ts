import fc from "fast-check";
import { expect, it } from "vitest";
import { createRouter } from "../../src/gateway/router.ts";

const machines = { "pump-1": ["a", "b"], "pump-2": ["c"], twin: ["b", "a"] };

it("hands every reading to all that want its tag, with its place there, whatever the order in which tags come", () => {
  const scan = fc.array(fc.constantFrom("a", "b", "c", "stranger"), { maxLength: 30 });
  fc.assert(
    fc.property(scan, (names) => {
      const taken: string[] = [];
      const { route } = createRouter(
        Object.entries(machines).map(([machine, tags]) => ({
          tags: tags.map((name) => ({ name })),
          push: ({ tag }, place) => void taken.push(`${machine} ${tag} ${place}`),
        })),
      );
      const wanted = names.map((tag) =>
        route({ tag, timeMs: 1, value: 1, quality: "good" }) ? tag : `no ${tag}`,
      );
      const ends = {
        a: ["pump-1 a 0", "twin a 1"],
        b: ["pump-1 b 1", "twin b 0"],
        c: ["pump-2 c 0"],
      };
      expect(wanted).toEqual(names.map((tag) => (tag in ends ? tag : `no ${tag}`)));
      expect(taken).toEqual(
        names.flatMap((tag) => (tag in ends ? ends[tag as keyof typeof ends] : [])),
      );
    }),
  );
});
