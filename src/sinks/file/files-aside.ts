import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";

/** A file that was put aside: plain, compressed, or, after a crash, both. */
export interface FileAside {
  readonly stamp: string;
  readonly plain?: string;
  readonly compressed?: string;
}

/** What lies beside the file that is written. */
export interface FilesAside {
  /** The oldest first. */
  readonly files: readonly FileAside[];
  /** What a crash left of compressing. */
  readonly drafts: readonly string[];
}

/** The name that a file gets when it is put aside. */
export function nameAside(path: string, stamp: string): string {
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}.${stamp}${extension}`);
}

/** Looks for the files that {@link nameAside} has named, and for nothing else. */
export async function findAside(path: string): Promise<FilesAside> {
  const folder = dirname(path);
  const extension = extname(path);
  const start = `${basename(path, extension)}.`;
  const found = new Map<string, FileAside>();
  const drafts: string[] = [];
  for (const name of await readdir(folder)) {
    const stamp = name.slice(start.length, start.length + STAMP_LENGTH);
    if (!name.startsWith(start) || !STAMP.test(stamp)) continue;
    const rest = name.slice(start.length + STAMP_LENGTH);
    const known = found.get(stamp) ?? { stamp };
    if (rest === extension) found.set(stamp, { ...known, plain: join(folder, name) });
    if (rest === `${extension}.gz`) found.set(stamp, { ...known, compressed: join(folder, name) });
    if (rest.startsWith(`${extension}.gz.`) && rest.endsWith(".draft")) {
      drafts.push(join(folder, name));
    }
  }
  const files = [...found.values()].sort((a, b) => (a.stamp < b.stamp ? -1 : 1));
  return { files, drafts };
}

/** A stamp later than all others, also after a clock was set back: stamps tell the order. */
export function nextStamp(newest: string | undefined, nowMs: number): string {
  const stamp = stampOf(nowMs);
  if (newest === undefined || stamp > newest) return stamp;
  const [year, month, day, hour, minute, second, ms] =
    newest.match(/^\d{4}|\d{3}(?=Z)|\d\d/g) ?? [];
  return stampOf(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`) + 1);
}

const STAMP = /^\d{8}T\d{9}Z$/;
const STAMP_LENGTH = "20261127T191252123Z".length;

function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:.]/g, "");
}
