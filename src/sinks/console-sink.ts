import type { AnomalyEvent } from "../core/anomaly-event.ts";
import { GatewayError } from "../errors.ts";
import { ALL_ACCEPTED, type Sink } from "./sink.ts";

export interface ConsoleSinkOptions {
  /**
   * Takes one line, without the line break.
   * @defaultValue writes it to stdout
   */
  readonly write?: (line: string) => void;
}

/**
 * Writes one readable line per event, for a person at the terminal.
 *
 * Delivery: in order; an event counts as delivered when its line was handed to stdout, whether or not anybody reads it.
 */
export function consoleSink(options: ConsoleSinkOptions = {}): Sink {
  const { write = (line) => process.stdout.write(`${line}\n`) } = options;
  return {
    name: "console",
    async write(batch) {
      try {
        for (const event of batch) write(line(event));
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

function line(event: AnomalyEvent): string {
  const { phase, machine, severity, score, threshold, contributions, id, revision } = event;
  const time = new Date(phase === "opened" ? event.startMs : event.endMs).toISOString();
  const blame = contributions
    .slice(0, LARGEST_CONTRIBUTIONS)
    .map(({ tag, share }) => `${tag} ${Math.round(share * 100)} %`)
    .join(", ");
  return plain(
    `${time} ${phase.padEnd(7)} ${machine}: severity ${severity}, ` +
      `score ${score.toFixed(2)} (threshold ${threshold.toFixed(2)}); ${blame} [${id}/${revision}]`,
  );
}

/** Names come from outside: a control character in them must not make a second line, or move the cursor. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "\u{fffd}");
}
