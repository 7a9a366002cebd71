import { describe, expect, it } from "vitest";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { createMachineTrails } from "../../src/truth/machine-trails.ts";
import { scoreAt } from "./labelled.ts";

const leak = { sealPressure: -0.95, tankLevel: -0.05 };
const refill = { sealPressure: -0.1, tankLevel: -0.9 };
const opened = sampleEvent({ machine: "pump" });
const closed = sampleEvent({ machine: "pump", revision: 1, phase: "closed" });

describe("what an incident looks like", () => {
  it("is what all its windows looked like, the recovery included", () => {
    const trails = createMachineTrails();
    trails.scored("pump", scoreAt(0, 9, leak));
    trails.event(opened);
    trails.scored("pump", scoreAt(1, 3, leak));
    trails.scored("pump", scoreAt(2, 6, refill));
    expect(trails.event(closed)).toMatchObject({ score: 9, parts: [{ score: 9 }, { score: 6 }] });
  });

  it("has nothing of a moment before it that came to no event, and nothing of the incident before", () => {
    const trails = createMachineTrails();
    trails.scored("pump", scoreAt(0, 20, refill));
    trails.scored("pump", scoreAt(1, 2, refill));
    trails.scored("pump", scoreAt(2, 9, leak));
    trails.event(opened);
    expect(trails.event(closed)).toMatchObject({ score: 9 });
    expect(trails.event({ ...opened, id: "next" })).toBeUndefined();
  });

  it("has nothing of other machines, and nothing of what was held back", () => {
    const trails = createMachineTrails();
    trails.scored("pump", scoreAt(0, 9, leak));
    trails.event(opened);
    trails.scored("fan", scoreAt(1, 20, refill));
    trails.scored("pump", { ...scoreAt(2, 20, refill), mutedBy: "label" });
    const pattern = trails.event(closed);
    expect(pattern).toMatchObject({ score: 9 });
    expect(pattern).not.toHaveProperty("parts");
  });
});
