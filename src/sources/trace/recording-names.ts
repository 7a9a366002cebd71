import { readdir, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";

/** The files of one recording: `pump.jsonl` becomes `pump-2026-11-24T10-00-00.000Z.jsonl`. */
export interface RecordingNames {
  /** The path of the next file, which sorts behind all that are there, whatever the clock says. */
  next(): Promise<string>;
  /** Removes all but the newest `count` files; those that somebody has compressed to `.gz` count as well. */
  keep(count: number): Promise<void>;
}

export function recordingNames(path: string): RecordingNames {
  const folder = dirname(path);
  const ending = extname(path);
  const stem = `${basename(path, ending)}-`;

  const isOurs = (name: string): boolean =>
    name.startsWith(stem) &&
    (name.endsWith(ending) || name.endsWith(`${ending}.gz`)) &&
    STAMP.test(name.slice(stem.length).replace(/\.gz$/, "").slice(0, -ending.length));
  const list = async (): Promise<string[]> => (await readdir(folder)).filter(isOurs).sort();

  return {
    async next() {
      const newest = (await list()).at(-1)?.slice(stem.length, stem.length + STAMP_LENGTH);
      const afterMs = newest === undefined ? 0 : parseStamp(newest) + 1;
      return join(folder, stem + stampOf(Math.max(Date.now(), afterMs)) + ending);
    },
    async keep(count) {
      const names = await list();
      for (const name of names.slice(0, Math.max(0, names.length - count))) {
        await rm(join(folder, name), { force: true });
      }
    },
  };
}

/** ISO 8601 without the colons, which Windows does not take in a name. */
const STAMP = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;
const STAMP_LENGTH = "0000-00-00T00-00-00.000Z".length;

function stampOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replaceAll(":", "-");
}

function parseStamp(stamp: string): number {
  return Date.parse(stamp.replace(/T(\d\d)-(\d\d)-/, "T$1:$2:"));
}
