import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { DriftEvent } from "../core/drift-event.ts";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { GatewayMessage } from "../core/gateway-message.ts";
import type { SensorFault } from "../core/sensor-fault.ts";
import { GatewayError } from "../errors.ts";
import { ALL_ACCEPTED, EVENT_KINDS, type Sink } from "./sink.ts";

export interface ConsoleSinkOptions {
  /**
   * Takes one line, without the line break.
   * @defaultValue writes it to stdout
   */
  readonly write?: (line: string) => void;
}

/**
 * Writes one readable line per event, for a person at the terminal; it takes nothing but events.
 *
 * Delivery: in order; an event counts as delivered when its line was handed to stdout, whether or not anybody reads it.
 */
export function consoleSink(options: ConsoleSinkOptions = {}): Sink {
  const { write = (line) => process.stdout.write(`${line}\n`) } = options;
  return {
    name: "console",
    async write(batch) {
      try {
        for (const message of batch) if (isEvent(message)) write(line(message));
      } catch (cause) {
        throw new GatewayError("SINK_UNREACHABLE", `cannot write to the console: ${cause}`, {
          cause,
          retryable: true,
          hint: "Check where the output of the gateway is sent.",
        });
      }
      return ALL_ACCEPTED;
    },
    async close() {},
  };
}

const LARGEST_CONTRIBUTIONS = 3;

function line(event: GatewayEvent): string {
  const { phase, machine, startMs, endMs, id, revision } = event;
  const time = new Date(phase === "opened" ? startMs : endMs).toISOString();
  const what = describe(event);
  return plain(`${time} ${phase.padEnd(7)} ${machine}: ${what} [${id}/${revision}]`);
}

function isEvent(message: GatewayMessage): message is GatewayEvent {
  return EVENT_KINDS.includes(message.kind);
}

function describe(event: GatewayEvent): string {
  if (event.kind === "anomaly") return anomaly(event);
  return event.kind === "drift" ? drift(event) : sensorFault(event);
}

function anomaly({ severity, score, threshold, contributions }: AnomalyEvent): string {
  const blame = contributions
    .slice(0, LARGEST_CONTRIBUTIONS)
    .map(({ tag, share }) => `${tag} ${Math.round(share * 100)} %`)
    .join(", ");
  return `severity ${severity}, score ${score.toFixed(2)} (threshold ${threshold.toFixed(2)}); ${blame}`;
}

function drift({ tags, advice }: DriftEvent): string {
  const moved = tags
    .slice(0, LARGEST_CONTRIBUTIONS)
    .map(({ tag, shift }) => `${tag} ${shift > 0 ? "+" : ""}${shift.toFixed(1)} spreads`)
    .join(", ");
  return `model no longer fits: ${moved}; ${advice}`;
}

function sensorFault({ tag, fault, value, observed, limit }: SensorFault): string {
  const [seen, allowed] = LASTING.has(fault)
    ? [`for ${observed / 1_000} s`, `${limit / 1_000} s`]
    : [observed.toPrecision(3), limit.toPrecision(3)];
  return `sensor ${tag} ${fault}: ${seen} (limit ${allowed}), value ${value.toPrecision(5)}`;
}

/** Faults that are measured in time. */
const LASTING: ReadonlySet<SensorFault["fault"]> = new Set(["bad-quality", "silent", "stuck"]);

/** Names come from outside: a control character in them must not make a second line, or move the cursor. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "\u{fffd}");
}
