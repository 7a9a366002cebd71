import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../../../src/errors.ts";
import {
  type ExpressionTree,
  type PairSign,
  type PrefixSign,
  printTree,
} from "../../../src/math/running/expression-tree.ts";
import { parseTree } from "../../../src/math/running/parse-tree.ts";
import { parseTagExpression } from "../../../src/math/running/tag-expression.ts";

const TAGS = ["speed", "current", "pump1.on", "valve open"];

function holds(text: string, ...values: number[]): boolean | undefined {
  return parseTagExpression(text, TAGS).holds(Float64Array.from(values), 0);
}

function flaw(text: string, tags: readonly string[] = TAGS): GatewayError {
  try {
    parseTagExpression(text, tags);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error(`expected ${text} to be refused`);
}

describe("an expression on tags", () => {
  it.each([
    ["speed > 100", [101], true],
    ["speed > 100", [100], false],
    ["speed >= 100", [100], true],
    ["speed < -1.5e1", [-16], true],
    ["speed <= .5", [0.5], true],
    ["speed == 3", [3], true],
    ["speed != 3", [3], false],
    ["speed > 100 and current > 2", [101, 2], false],
    ["speed > 100 && current > 2", [101, 3], true],
    ["speed > 100 or current > 2", [0, 3], true],
    ["speed > 100 || current > 2", [0, 2], false],
    ["NOT speed > 100 AND current > 2", [100, 3], true],
    ["!(speed > 100 and current > 2)", [101, 2], true],
    ["pump1.on", [0, 0, 1], true],
    ["not pump1.on", [0, 0, 1], false],
    ['"valve open" and speed > 1', [2, 0, 0, 1], true],
    ["speed - current - 1 > 0", [5, 4], false],
    ["speed + 2 * current == 7", [1, 3], true],
    ["(speed + 2) * current == 9", [1, 3], true],
    ["speed / current / 2 == 3", [12, 2], true],
    ["abs(speed - current) < 1", [3, 3.5], true],
    ["-speed * -2 == 6", [3], true],
    ["speed > 1 or speed > 2 and current > 9", [1.5, 0], true],
  ])("%s", (text, values, expected) => {
    expect(holds(text, ...values)).toBe(expected);
  });

  it("reads a frame anywhere in the values", () => {
    const expression = parseTagExpression("b > 1", ["a", "b"]);
    const values = Float64Array.of(9, 0, 9, 2);
    expect([expression.holds(values, 0), expression.holds(values, 2)]).toEqual([false, true]);
  });

  it("names the tags it looks at, each once", () => {
    expect(parseTagExpression("current > 1 and speed > 2 or current < 0", TAGS).tags).toEqual([
      "current",
      "speed",
    ]);
  });

  describe("where a cell is unknown", () => {
    const unknown = Number.NaN;
    it.each([
      ["speed > 100", [unknown], undefined],
      ["not speed > 100", [unknown], undefined],
      ["speed > 100 and current > 2", [unknown, 3], undefined],
      ["speed > 100 and current > 2", [unknown, 1], false],
      ["current > 2 and speed > 100", [unknown, 1], false],
      ["speed > 100 or current > 2", [unknown, 3], true],
      ["current > 2 or speed > 100", [unknown, 1], undefined],
      ["speed != speed", [unknown], undefined],
      ["speed > 100", [Number.POSITIVE_INFINITY], undefined],
      ["speed / current > 1", [5, 0], undefined],
      ["pump1.on", [1, 1, unknown], undefined],
    ])("%s of %j", (text, values, expected) => {
      expect(holds(text, ...values)).toBe(expected);
    });

    it("says the same of a known frame as of the same frame with a hole, or nothing", () => {
      fc.assert(
        fc.property(condition(), frame(), fc.nat(TAGS.length - 1), (tree, values, hole) => {
          const expression = parseTagExpression(printTree(tree), TAGS);
          const whole = expression.holds(values, 0);
          const holed = expression.holds(
            values.map((value, place) => (place === hole ? unknown : value)),
            0,
          );
          expect([whole, undefined]).toContain(holed);
        }),
      );
    });
  });

  it("means the same when it is printed and read again", () => {
    fc.assert(
      fc.property(condition(), (tree) => {
        const text = printTree(tree);
        expect(parseTree(text, TAGS)).toEqual(tree);
        expect(parseTagExpression(text, TAGS).text).toBe(text);
      }),
    );
  });

  it("is kept in one way of writing", () => {
    expect(parseTagExpression(' ! ( speed>1e2 )&& "speed"<2 || pump1.on', TAGS).text).toBe(
      "not speed > 100 and speed < 2 or pump1.on != 0",
    );
  });

  it("can name any tag there is, by quotes", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (name) => {
        const expression = parseTagExpression(`"${name.replaceAll('"', '""')}" > 1`, [name]);
        expect(expression.tags).toEqual([name]);
        expect(parseTagExpression(expression.text, [name]).text).toBe(expression.text);
      }),
    );
  });

  it.each(["and", "Not", "abs", "1a", "a-b", "volume flow", 'say "on"', "temperatur.größe"])(
    "keeps the tag %s readable",
    (name) => {
      const { text } = parseTagExpression(`"${name.replaceAll('"', '""')}" > 1`, [name]);
      expect(parseTagExpression(text, [name]).tags).toEqual([name]);
    },
  );
});

describe("a mistake in an expression", () => {
  it("is shown with a caret below its place", () => {
    expect(flaw("speed > 100 and current >> 2").message).toBe(
      [
        "running: expected a tag, a number, not or (, got >, at character 26",
        "  speed > 100 and current >> 2",
        "                           ^",
      ].join("\n"),
    );
  });

  it("is a wrong configuration", () => {
    expect(flaw("speed >").code).toBe("CONFIG_INVALID");
  });

  it("names the tags that a mistyped one may have meant", () => {
    const error = flaw("sped > 100");
    expect(error.message).toContain("there is no tag sped, at character 1");
    expect(error.hint).toBe("Write speed, if that was meant.");
    expect(flaw("Speed > 100").hint).toContain("speed");
    expect(flaw("valve > 1").hint).toContain('"valve open"');
  });

  it("lists the tags when none is near", () => {
    expect(flaw("torque > 1").hint).toContain('speed, current, pump1.on, "valve open"');
  });

  it.each([
    ["", "got the end"],
    ["speed", undefined],
    ["100", "expected a condition, got a number"],
    ["speed + 1", "expected a condition, got a number"],
    ["speed > 1 and 2", "expected a condition, got a number"],
    ["10 < speed < 20", "expected a number, got a condition"],
    ["abs(speed > 1) > 2", "expected a number, got a condition"],
    ["speed = 3", "expected and, or, or the end, got ="],
    ["speed > 0,5", "got ,"],
    ["(speed > 1", "expected ), got the end"],
    ["speed > 1)", "got )"],
    ["abs speed > 1", "expected (, got speed"],
    ['"speed > 1', 'got "'],
    ["speed > 1e999", "too large"],
    ["1 < 2", "expected a condition on a tag"],
    ["speed > 100; process.exit()", "got ;"],
    ["constructor > 1", "there is no tag constructor"],
  ])("%s", (text, problem) => {
    if (problem === undefined) expect(() => parseTagExpression(text, TAGS)).not.toThrow();
    else expect(flaw(text).message).toContain(problem);
  });

  it("is the only thing that any text can lead to", () => {
    const words = fc.constantFrom("speed", "(", ")", "not", "-", ">", "and", "1", "abs(", '"', "é");
    const texts = fc.oneof(
      fc.string(),
      fc.array(words).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseTagExpression(text, TAGS);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("is said of a text that nests without end", () => {
    expect(flaw(`${"(".repeat(100_000)}speed > 1`).message).toContain("at most 1000");
    expect(() =>
      parseTagExpression(`${"(".repeat(490)}speed > 1${")".repeat(490)}`, TAGS),
    ).not.toThrow();
  });
});

function frame(): fc.Arbitrary<Float64Array> {
  return fc
    .array(fc.integer({ min: -3, max: 3 }), { minLength: TAGS.length, maxLength: TAGS.length })
    .map((values) => Float64Array.from(values));
}

/** Any condition that starts with a tag. */
function condition(): fc.Arbitrary<ExpressionTree> {
  const tag = fc
    .nat(TAGS.length - 1)
    .map((place): ExpressionTree => ({ kind: "tag", name: TAGS[place] as string, place }));
  const number = fc
    .oneof(fc.nat(5), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }))
    .map((value): ExpressionTree => ({ kind: "number", value }));
  const { truth, sum } = fc.letrec<{ truth: ExpressionTree; sum: ExpressionTree }>((tie) => ({
    truth: fc.oneof(
      { depthSize: "small" },
      pair(["<", "<=", ">", ">=", "==", "!="], tie("sum"), tie("sum")),
      pair(["and", "or"], tie("truth"), tie("truth")),
      prefix(["not"], tie("truth")),
    ),
    sum: fc.oneof(
      { depthSize: "small" },
      number,
      tag,
      pair(["+", "-", "*", "/"], tie("sum"), tie("sum")),
      prefix(["-", "abs"], tie("sum")),
    ),
  }));
  return pair(["and", "or"], pair(["<", ">="], tag, sum), truth);
}

function pair(
  signs: PairSign[],
  lefts: fc.Arbitrary<ExpressionTree>,
  rights: fc.Arbitrary<ExpressionTree>,
): fc.Arbitrary<ExpressionTree> {
  return fc
    .tuple(fc.constantFrom(...signs), lefts, rights)
    .map(([sign, left, right]) => ({ kind: "pair", sign, left, right }));
}

function prefix(
  signs: PrefixSign[],
  trees: fc.Arbitrary<ExpressionTree>,
): fc.Arbitrary<ExpressionTree> {
  return fc
    .tuple(fc.constantFrom(...signs), trees)
    .map(([sign, of]) => ({ kind: "prefix", sign, of }));
}
