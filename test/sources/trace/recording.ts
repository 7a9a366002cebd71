import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Subject, type Subscription } from "rxjs";
import { onTestFinished } from "vitest";
import type { Reading } from "../../../src/core/reading.ts";
import type { Tag } from "../../../src/core/tag.ts";
import {
  type RecordedSource,
  type RecordTraceOptions,
  recordTrace,
} from "../../../src/sources/trace/record-trace.ts";
import { tempFolder } from "../../temp-folder.ts";
import { handSource } from "./hand-source.ts";
import { readAll } from "./read-all.ts";

export const tags: readonly Tag[] = [{ name: "a" }, { name: "b" }];

/** A good reading; without a value, its time is the value. */
export const reading = (tag: string, timeMs: number, value: number = timeMs): Reading => ({
  tag,
  timeMs,
  value,
  quality: "good",
});

export const filesIn = (folder: string): string[] => readdirSync(folder).sort();

/** A recording under way. */
export interface Recording {
  readonly folder: string;
  readonly sent: Subject<Reading>;
  readonly recorded: RecordedSource;
  /** What came through. */
  readonly heard: readonly Reading[];
  readonly subscription: Subscription;
}

/** Records what the test sends, to `name` in a folder of its own. */
export function recording(
  name: string,
  options: RecordTraceOptions = {},
  folder: string = tempFolder(),
): Recording {
  const sent = new Subject<Reading>();
  const recorded = recordTrace(handSource(sent, tags), join(folder, name), options);
  const heard: Reading[] = [];
  const subscription = recorded.readings.subscribe({
    next: (one) => heard.push(one),
    error: (error: unknown) => {
      throw error;
    },
  });
  onTestFinished(() => subscription.unsubscribe());
  return { folder, sent, recorded, heard, subscription };
}

/** All readings of all files, one after the other. */
export async function readFolder(folder: string): Promise<Reading[]> {
  const all: Reading[] = [];
  for (const file of filesIn(folder)) all.push(...(await readAll(join(folder, file))));
  return all;
}
