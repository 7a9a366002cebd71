import { writeFileSync } from "node:fs";
import type { Frame } from "../src/core/frame.ts";
import { machineTags } from "./machine-frames.ts";

/** Writes frames of the small machine as a CSV trace. */
export function writeTrace(path: string, frames: readonly Frame[]): string {
  const header = ["time", ...machineTags.map(({ name }) => name)].join(",");
  const rows = frames.map(({ timeMs, values }) => [timeMs, ...values].join(","));
  writeFileSync(path, `${[header, ...rows].join("\n")}\n`);
  return path;
}

/** The same frames with the current too high in some rows: a relation between the tags that the model has never seen. */
export function withFault(frames: readonly Frame[], fromRow: number, toRow: number): Frame[] {
  return frames.map((frame, row) => {
    if (row < fromRow || row >= toRow) return frame;
    const values = frame.values.slice();
    values[0] = (values[0] as number) + 3;
    return { ...frame, values };
  });
}
