import { describe, expect, it } from "vitest";
import { knownIncidents } from "../../../src/truth/retraining/known-incidents.ts";
import { window } from "./kept-window.ts";

const shown = (windows: Parameters<typeof knownIncidents>[0]) =>
  knownIncidents(windows).map((one) => [one.verdict, one.windows.map(({ id }) => id)]);

describe("incidents that people have labelled", () => {
  it("are events with all their windows, and windows that stand alone", () => {
    const event = { eventId: "e", reason: "event" } as const;
    expect(
      shown([
        window(10, { ...event, verdict: "fault" }),
        window(15, { verdict: "false-alarm" }),
        window(20, { ...event, verdict: "fault" }),
        window(30),
        window(40, { eventId: "nobody has spoken", reason: "event" }),
      ]),
    ).toEqual([
      ["fault", ["w10", "w20"]],
      ["false-alarm", ["w15"]],
    ]);
  });

  it("have what was sampled in their midst, and nothing of others", () => {
    const [fault, alarm] = [
      { eventId: "f", reason: "event", verdict: "fault" } as const,
      { eventId: "a", reason: "event", verdict: "false-alarm" } as const,
    ];
    expect(
      shown([
        window(5),
        window(10, fault),
        window(12),
        window(14, { eventId: "nobody has spoken", reason: "event" }),
        window(20, fault),
        window(25),
        window(30, alarm),
        window(31),
        window(40, alarm),
      ]),
    ).toEqual([
      ["fault", ["w10", "w12", "w20"]],
      ["false-alarm", ["w30", "w31", "w40"]],
    ]);
  });
});
