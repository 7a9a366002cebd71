import { requireCount, requireKnown, requirePositive } from "../../math/range-checks.ts";
import { optionChecks } from "../option-checks.ts";
import { requireReadFramesOptions } from "../training-frames.ts";
import { PACK_DEFAULTS, type PackModelOptions, type PackSettings } from "./pack-options.ts";

const OWNER = "packModel";
const { invalid, requireData, requireText } = optionChecks(OWNER);

const PACK_OPTIONS: readonly (keyof PackModelOptions)[] = [
  "name",
  "version",
  "normal",
  "tags",
  "periodMs",
  "watchMs",
  "windowLength",
  "stride",
  "normalizer",
  "falseAlarmsPerDay",
  "running",
  "output",
  "maxBytes",
  "signal",
];

/**
 * Checks everything that can be known to be wrong before a byte is read.
 *
 * @returns the options with their defaults; one that is `undefined` takes its default, too
 * @throws GatewayError `CONFIG_INVALID` naming the option, what it must be, and what it is.
 */
export function requirePackOptions(options: PackModelOptions): PackSettings {
  requireKnown(OWNER, options, PACK_OPTIONS);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings = { ...PACK_DEFAULTS, ...Object.fromEntries(given) } as PackSettings;
  const { running, falseAlarmsPerDay } = settings;
  const { name, version, normal, windowLength, stride, normalizer, output, maxBytes } = settings;
  requireText({ name, version, ...(output !== undefined && { output }) });
  requireData("normal", normal);
  requireCount(OWNER, { stride, maxBytes, ...(windowLength !== undefined && { windowLength }) });
  requirePositive(OWNER, { falseAlarmsPerDay });
  requireReadFramesOptions(OWNER, settings);
  requireNormalizer(normalizer);
  if (running !== undefined && running !== false) requireText({ running });
  return settings;
}

function requireNormalizer(normalizer: unknown): void {
  if (normalizer === "standard" || normalizer === "robust" || normalizer === "none") return;
  const expected = '"standard", "robust", "none", or center and scale of each tag';
  if (typeof normalizer !== "object" || normalizer === null) {
    throw invalid("normalizer", expected, normalizer);
  }
  const { center, scale } = normalizer as { center?: unknown; scale?: unknown };
  for (const [part, values] of Object.entries({ center, scale })) {
    const isAllowed = (value: unknown): boolean =>
      Number.isFinite(value) && (part === "center" || (value as number) > 0);
    if (Array.isArray(values) && values.every(isAllowed)) continue;
    const numbers = part === "center" ? "finite numbers" : "numbers above zero";
    throw invalid(`normalizer.${part}`, `an array of ${numbers}, one per tag`, values);
  }
}
