import type { Frame } from "../src/core/frame.ts";
import type { Tag } from "../src/core/tag.ts";
import { createRandom } from "../src/math/random.ts";
import {
  createSensorFaultDetector,
  type SensorFaultMessage,
  type SensorFaultRule,
} from "../src/math/sensor-fault-detector.ts";
import { measureSensors } from "../src/math/sensor-profile.ts";
import { machineFrames, machineTags } from "./machine-frames.ts";

/** What the sensors of the small machine did in training. */
export const machineCard: SensorFaultRule["card"] = {
  tags: machineTags,
  periodMs: 1_000,
  sensors: measureSensors(machineFrames(600), machineTags.length),
};

/** Cells of the small machine's tags. */
export const CURRENT = 0;
export const PRESSURE = 1;
export const TEMPERATURE = 2;

/** Changes one tag's cells in the rows from `from` on and before `to`; the value that `change` gets is the healthy one. */
export function withSensor(
  frames: readonly Frame[],
  tag: number,
  [from, to]: readonly [from: number, to: number],
  change: (value: number, row: number) => number,
): Frame[] {
  return frames.map((frame, row) => {
    if (row < from || row >= to) return frame;
    const values = frame.values.slice();
    values[tag] = change(values[tag] as number, row);
    return { ...frame, values };
  });
}

/** Takes a tag's cells out, as when no reading comes, or only bad ones. */
export function withoutReadings(
  frames: readonly Frame[],
  tag: number,
  [from, to]: readonly [from: number, to: number],
  isBad = false,
): Frame[] {
  return withSensor(frames, tag, [from, to], () => Number.NaN).map((frame, row) => {
    if (row < from || row >= to) return frame;
    const agesMs = frame.agesMs.slice();
    agesMs[tag] = Number.POSITIVE_INFINITY;
    if (!isBad) return { ...frame, agesMs };
    const bad = new Uint8Array(frame.values.length);
    bad[tag] = 1;
    return { ...frame, agesMs, bad };
  });
}

/** The value of the row before the first one, over and over. */
export const repeat = (frames: readonly Frame[], tag: number, row: number) => (): number =>
  frames[row]?.values[tag] ?? Number.NaN;

/** A drift without noise. */
export const smooth = (row: number): number => 60 + 3 * Math.sin(row / 40);

/** What a detector says of the frames: its messages with the row of each, and the masked rows of every tag. */
export function detect(
  frames: readonly Frame[],
  rule: Partial<SensorFaultRule> = {},
  resumed: readonly SensorFaultMessage[] = [],
): { messages: (SensorFaultMessage & { row: number })[]; said: string[]; masked: number[][] } {
  const card = rule.card ?? machineCard;
  const detector = createSensorFaultDetector({ ...rule, card }, resumed);
  const messages: (SensorFaultMessage & { row: number })[] = [];
  const masked: number[][] = card.tags.map(() => []);
  frames.forEach((frame, row) => {
    for (const message of detector.push(frame)) messages.push({ ...message, row });
    detector.mask.forEach((isMasked, tag) => {
      if (isMasked === 1) masked[tag]?.push(row);
    });
  });
  const said = messages.map(({ phase, tag, fault, row }) => `${row} ${phase} ${tag} ${fault}`);
  return { messages, said, masked };
}

/** Frames of a machine with four lively tags and one that changes a few times an hour. */
export function plantFrames(count: number, seed = 1): Frame[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, row) => {
    const noise = (): number => random.normal();
    const setpoint = 40 + 10 * (Math.floor(row / 200) % 2);
    return {
      timeMs: (row + 1) * 1_000,
      periodMs: 1_000,
      values: Float64Array.of(noise(), 5 + noise(), 9 + noise(), 20 + noise(), setpoint),
      agesMs: new Float64Array(5),
    };
  });
}

export const plantTags: readonly Tag[] = ["a", "b", "c", "d", "setpoint"].map((name) => ({ name }));

export const plantCard: SensorFaultRule["card"] = {
  tags: plantTags,
  periodMs: 1_000,
  sensors: measureSensors(plantFrames(1_000), plantTags.length),
};
