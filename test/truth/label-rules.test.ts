import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Label } from "../../src/core/label.ts";
import type { Score } from "../../src/core/score.ts";
import { createIncidentTracker } from "../../src/math/incident-tracker.ts";
import { createLabelRules } from "../../src/truth/label-rules.ts";
import { labelOf, modelOf, type SignedShares, scoreAt, THRESHOLD } from "./labelled.ts";

const coldOil: SignedShares = { oilTemperature: -0.8, current: 0.2 };
const similar: SignedShares = { oilTemperature: -0.7, current: 0.25, flow: 0.05 };
const bearing: SignedShares = { vibration: 0.9, current: 0.1 };

const rulesOf = (...labels: readonly Label[]) =>
  createLabelRules({ machine: "pump", model: modelOf("1"), labels });

const mutedBy = (rules: ReturnType<typeof rulesOf>, value: number, shares: SignedShares) =>
  rules.apply(scoreAt(0, value, shares)).mutedBy;

describe("a pattern that was called harmless", () => {
  it.each(["false-alarm", "maintenance"] as const)(
    "%s is held back when it comes again",
    (verdict) => {
      const label = labelOf("e1", verdict, { shares: coldOil });
      const rules = rulesOf(label);
      expect(mutedBy(rules, 6, coldOil)).toBe(label.id);
      expect(mutedBy(rules, 7, similar)).toBe(label.id);
    },
  );

  it("is held back in no other direction", () => {
    const rules = rulesOf(labelOf("e1", "false-alarm", { shares: coldOil }));
    expect(mutedBy(rules, 6, bearing)).toBeUndefined();
    expect(mutedBy(rules, 6, { oilTemperature: 0.8, current: -0.2 })).toBeUndefined();
  });

  it("is news once it is more than a quarter stronger", () => {
    const rules = rulesOf(labelOf("e1", "false-alarm", { shares: coldOil, score: 8 }));
    expect(mutedBy(rules, 10, coldOil)).toBeDefined();
    expect(mutedBy(rules, 10.1, coldOil)).toBeUndefined();
  });

  it("is held back under the next model, too", () => {
    const rules = rulesOf(labelOf("e1", "false-alarm", { shares: coldOil }));
    rules.useModel(modelOf("2"));
    expect(mutedBy(rules, 6, coldOil)).toBeDefined();
  });

  it("is nobody else's business: another machine is judged as before", () => {
    const elsewhere = labelOf("e1", "false-alarm", { shares: coldOil, machine: "fan" });
    expect(mutedBy(rulesOf(elsewhere), 6, coldOil)).toBeUndefined();
  });

  it("is heard of again when the label is taken back", () => {
    const rules = rulesOf(labelOf("e1", "false-alarm", { shares: coldOil }));
    rules.learn(labelOf("e1", "unsure", { shares: coldOil }));
    expect(mutedBy(rules, 6, coldOil)).toBeUndefined();
  });

  it("counts by what was said last, not by what came in last", () => {
    const rules = rulesOf(labelOf("e1", "false-alarm", { shares: coldOil, atMs: 2000 }));
    rules.learn(labelOf("e1", "unsure", { shares: coldOil, atMs: 1000 }));
    expect(mutedBy(rules, 6, coldOil)).toBeDefined();
  });

  it("needs an alarm: a window that was normal mutes nothing above it", () => {
    const rules = rulesOf(labelOf("w1", "false-alarm", { shares: coldOil, score: 3.9 }));
    expect(mutedBy(rules, 4.5, coldOil)).toBeUndefined();
  });

  it("does nothing where the gateway no longer knew what was spoken of", () => {
    expect(mutedBy(rulesOf(labelOf("e1", "false-alarm", {})), 6, coldOil)).toBeUndefined();
  });
});

describe("what was labelled a fault", () => {
  it("voids the label of a harmless pattern that looks the same", () => {
    const rules = rulesOf(
      labelOf("e1", "false-alarm", { shares: coldOil }),
      labelOf("e2", "fault", { shares: coldOil, score: 20 }),
    );
    expect(mutedBy(rules, 6, coldOil)).toBeUndefined();
    expect(rules.effects().heldBack).toMatchObject([{ label: { target: "e1" }, isVoid: true }]);
  });

  it("keeps near patterns apart halfway", () => {
    const rules = rulesOf(
      labelOf("e1", "false-alarm", { shares: { a: 0.9, b: 0.1 } }),
      labelOf("e2", "fault", { shares: { a: 0.7, b: 0.3 } }),
    );
    expect(mutedBy(rules, 6, { a: 0.88, b: 0.12 })).toBeDefined();
    expect(mutedBy(rules, 6, { a: 0.8, b: 0.2 })).toBeUndefined();
  });

  it("is found by a model that sees less of it", () => {
    const rules = rulesOf(
      labelOf("e1", "false-alarm", { shares: { current: 1 } }),
      labelOf("e2", "fault", { shares: { current: 0.5, vibration: 0.5 } }),
    );
    expect(mutedBy(rules, 6, { current: 1 })).toBeUndefined();
  });

  it("is never muted, nor below a raised threshold, whatever else was said in whatever order", () => {
    const share = fc.double({ min: -1, max: 1, noNaN: true }).filter((one) => Math.abs(one) > 1e-3);
    const shares = fc.record({ a: share, b: share, c: share, d: share });
    const verdict = fc.constantFrom("fault", "false-alarm", "maintenance", "unsure");
    const said = fc.record({
      target: fc.integer({ min: 0, max: 9 }),
      verdict,
      shares: fc.oneof(shares, fc.constantFrom({ a: 1, b: 0.5 }, { a: 1, b: 0.6 })),
      score: fc.double({ min: 2, max: 12, noNaN: true }),
    });
    let faults = 0;
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 30, size: "max" }), (all) => {
        const labels = all.map(({ target, verdict: what, ...pattern }, place) =>
          labelOf(String(target), what, { ...pattern, id: String(place) }),
        );
        const rules = rulesOf(...labels);
        all.forEach((one, place) => {
          const isLast =
            labels.findLastIndex(({ target }) => target === String(one.target)) === place;
          if (one.verdict !== "fault" || !isLast || one.score < THRESHOLD) return;
          faults += 1;
          const again = rules.apply(scoreAt(0, one.score, one.shares));
          expect(again).toMatchObject({ verdict: "anomalous" });
          expect(again).not.toHaveProperty("mutedBy");
          expect(mutedBy(rules, 2 * one.score, one.shares)).toBeUndefined();
        });
      }),
      { numRuns: 300 },
    );
    expect(faults).toBeGreaterThan(100);
  });

  it("leaves every window alone that is nearer to it than to the harmless pattern", () => {
    const share = fc.double({ min: -1, max: 1, noNaN: true }).filter((one) => Math.abs(one) > 1e-3);
    const shares = fc.record({ a: share, b: share, c: share });
    const near = (around: SignedShares): fc.Arbitrary<SignedShares> =>
      fc
        .array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: 3, maxLength: 3 })
        .map((shifts) =>
          Object.fromEntries(
            Object.entries(around).map(([tag, one], place) => [tag, one + (shifts[place] ?? 0)]),
          ),
        );
    const cases = shares.chain((harmless) =>
      fc.tuple(fc.constant(harmless), near(harmless), near(harmless)),
    );
    fc.assert(
      fc.property(cases, ([harmless, fault, window]) => {
        const rules = rulesOf(
          labelOf("e1", "false-alarm", { shares: harmless }),
          labelOf("e2", "fault", { shares: fault }),
        );
        if (mutedBy(rules, 6, window) === undefined) return;
        expect(cosine(window, harmless)).toBeGreaterThanOrEqual(cosine(window, fault));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("an incident of which all windows are known", () => {
  const refill: SignedShares = { oilTemperature: 0.1, current: -0.9 };
  const partly = (label: Label): Label => ({
    ...label,
    ...(label.pattern && {
      pattern: {
        ...label.pattern,
        parts: [{ direction: [Math.sqrt(0.1), -Math.sqrt(0.9)], score: 5 }],
      },
    }),
  });
  const falseAlarm = partly(labelOf("e1", "false-alarm", { shares: coldOil, score: 20 }));

  it("is held back from its beginning to its end, each part up to its own score", () => {
    const rules = rulesOf(falseAlarm);
    expect(mutedBy(rules, 25, coldOil)).toBe(falseAlarm.id);
    expect(mutedBy(rules, 6.25, refill)).toBe(falseAlarm.id);
    expect(mutedBy(rules, 6.3, refill)).toBeUndefined();
  });

  it("keeps what is left of it when a fault looks like one of its parts", () => {
    const rules = rulesOf(falseAlarm, labelOf("e2", "fault", { shares: refill }));
    expect(mutedBy(rules, 20, coldOil)).toBe(falseAlarm.id);
    expect(mutedBy(rules, 5, refill)).toBeUndefined();
  });

  it("is never held back in any of its parts once it was labelled a fault", () => {
    const rules = rulesOf(
      partly(labelOf("e1", "fault", { shares: coldOil })),
      labelOf("e2", "false-alarm", { shares: refill }),
      labelOf("e3", "maintenance", { shares: coldOil }),
    );
    expect(mutedBy(rules, 5, refill)).toBeUndefined();
    expect(mutedBy(rules, 5, coldOil)).toBeUndefined();
    expect(rules.effects().heldBack.map(({ isVoid }) => isVoid)).toEqual([true, true]);
  });
});

describe("false alarms", () => {
  const weak = (target: string) => labelOf(target, "false-alarm", { shares: bearing, score: 5 });

  it("raise the threshold that is published, and a window below it is normal", () => {
    const rules = rulesOf(weak("e1"), weak("e2"));
    expect(rules.effects().thresholdRaise).toBeCloseTo(0.4);
    const { threshold, verdict } = rules.apply(scoreAt(0, 4.3, coldOil));
    expect(threshold).toBeCloseTo(4.4);
    expect(verdict).toBe("normal");
  });

  it("raise it for the model alone that gave them", () => {
    const rules = rulesOf(weak("e1"));
    rules.useModel(modelOf("2"));
    const score = scoreAt(0, 4.3, coldOil);
    expect(rules.apply(score)).toBe(score);
  });

  it("let it fall again when they are taken back", () => {
    const rules = rulesOf(weak("e1"));
    rules.learn(labelOf("e1", "unsure", { shares: bearing, score: 5 }));
    expect(rules.effects().thresholdRaise).toBe(0);
  });

  it("leave windows alone that say nothing", () => {
    const rules = rulesOf(weak("e1"));
    const silent: Score = { ...scoreAt(0, Number.NaN, {}), verdict: "insufficient-data" };
    const standing: Score = { ...silent, verdict: "not-running" };
    expect(rules.apply(silent)).toBe(silent);
    expect(rules.apply(standing)).toBe(standing);
  });
});

describe("an incident that is held back", () => {
  const rule = { onDelayMs: 3000, offDelayMs: 3000, deadband: 0.5, updateMs: 60_000 };
  /** Seconds and phases of what is told of these windows, one a second. */
  const told = (
    windows: readonly SignedShares[],
    rules: ReturnType<typeof rulesOf>,
    label?: Label,
  ) => {
    const tracker = createIncidentTracker(rule);
    return windows.flatMap((shares, second) => {
      if (second === 5 && label) rules.learn(label);
      const message = tracker.push(rules.apply(scoreAt(second, 6, shares)));
      return message ? [`${second} ${message.phase}`] : [];
    });
  };
  const twenty = (shares: SignedShares) => new Array<SignedShares>(20).fill(shares);
  const label = labelOf("e1", "false-alarm", { shares: coldOil });

  it("opens no event, and is counted", () => {
    const rules = rulesOf(label);
    expect(told(twenty(coldOil), rules)).toEqual([]);
    told([bearing, ...twenty(coldOil)], rules);
    expect(rules.effects()).toMatchObject({
      mutedWindows: 40,
      heldBack: [{ windows: 40, stretches: 2, isVoid: false }],
    });
  });

  it("opens one by the usual on-delay when it turns into something else", () => {
    expect(told([...twenty(coldOil), ...twenty(bearing)], rulesOf(label))).toEqual(["23 opened"]);
  });

  it("closes by the usual off-delay when the label comes while it is open", () => {
    expect(told(twenty(coldOil), rulesOf(), label)).toEqual(["3 opened", "8 closed"]);
  });
});

function cosine(one: SignedShares, other: SignedShares): number {
  const unit = (shares: SignedShares): number[] => {
    const sum = Object.values(shares).reduce((total, share) => total + Math.abs(share), 0);
    return Object.values(shares).map(
      (share) => Math.sign(share) * Math.sqrt(Math.abs(share) / sum),
    );
  };
  const there = unit(other);
  return unit(one).reduce((total, part, place) => total + part * (there[place] ?? 0), 0);
}
