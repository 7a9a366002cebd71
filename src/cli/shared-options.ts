import { Option } from "commander";
import { parseCount, parseDuration, parseNames, parseRate } from "./parse-option.ts";

/** Options that several commands have. */
export const PERIOD: Option = new Option(
  "--period <duration>",
  "distance of two frames, e.g. 1s (default: found from the trace)",
).argParser(parseDuration);

export const STRIDE: Option = new Option(
  "--stride <frames>",
  "frames between two windows when the model is used (default: 1)",
).argParser(parseCount);

export const IGNORE: Option = new Option(
  "--ignore <columns>",
  "tags or columns to leave out, with commas between them",
).argParser(parseNames);

/** Gives `false` for a machine that is never off. */
export const RUNNING: Option = new Option(
  "--running <condition>",
  'when the machine runs, e.g. "speed > 100", or always (default: found from the trace)',
).argParser((text) => (text === "always" ? false : text));

export const FALSE_ALARMS: Option = new Option(
  "--false-alarms-per-day <number>",
  "how often normal operation may raise an alarm (default: 1/7)",
).argParser(parseRate);
