import { describe, expect, it } from "vitest";
import { consoleSink } from "../../src/sinks/console-sink.ts";
import { sampleEvent, sampleSensorFault } from "../../src/testing/sample-messages.ts";
import { sinkContract } from "../../src/testing/sink-contract.ts";

const running = new AbortController().signal;

describe("consoleSink", () => {
  sinkContract(() => {
    const lines: string[] = [];
    return {
      sink: consoleSink({ write: (line) => lines.push(line) }),
      received: () =>
        lines.map((line) => {
          const [, id = "", revision = ""] = /\[(.*)\/(\d+)\]$/.exec(line) ?? [];
          return { id, revision: Number(revision) };
        }),
    };
  });

  it("writes what a person wants to know", async () => {
    const lines: string[] = [];
    const sink = consoleSink({ write: (line) => lines.push(line) });
    await sink.write([sampleEvent()], running);
    expect(lines).toEqual([
      "2023-11-14T22:13:20.000Z opened  pump-1: severity 720, score 6.30 (threshold 4.00); " +
        "bearingTemperature 75 %, flow 25 % [gateway-1/pump-1/1700000000000/0]",
    ]);
  });

  it.each([
    {
      fault: sampleSensorFault(),
      shows: "sensor flow bad-quality: for 11 s (limit 10 s), value NaN",
    },
    {
      fault: sampleSensorFault({
        fault: "out-of-range",
        value: -12.5,
        observed: -12.5,
        limit: -1.25,
      }),
      shows: "sensor flow out-of-range: -12.5 (limit -1.25), value -12.500",
    },
  ])("says what is wrong with a sensor: $fault.fault", async ({ fault, shows }) => {
    const lines: string[] = [];
    await consoleSink({ write: (line) => lines.push(line) }).write([fault], running);
    expect(lines).toEqual([
      `2023-11-14T22:13:20.000Z opened  pump-1: ${shows} [gateway-1/pump-1/flow/1700000000000/0]`,
    ]);
  });

  it("writes one line per event, whatever is in the names", async () => {
    const lines: string[] = [];
    const sink = consoleSink({ write: (line) => lines.push(line) });
    await sink.write([sampleEvent({ machine: "pump\r\nall is well\u001b[2J" })], running);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/\p{Cc}/u);
  });

  it("keeps the batch when the output is gone", async () => {
    const sink = consoleSink({
      write: () => {
        throw new Error("EPIPE");
      },
    });
    await expect(sink.write([sampleEvent()], running)).rejects.toMatchObject({
      code: "SINK_UNREACHABLE",
      retryable: true,
    });
  });
});
