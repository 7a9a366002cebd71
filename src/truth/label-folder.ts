import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabelInput } from "../core/label.ts";
import { openDraft } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import { parseLabelInput } from "../math/label-input.ts";

/** A label that says when it was said, so that it is the same one however often it is read. */
export type TimedLabel = LabelInput & Required<Pick<LabelInput, "atMs">>;

/** Where labels are laid down for the gateway that holds an outbox: the outbox itself belongs to its process alone. */
export function labelFolderOf(outboxPath: string): string {
  return `${outboxPath}-labels`;
}

/**
 * Lays a label down in a file of its own, which appears when it is whole; resolves once it survives a power cut. Any number of processes may do so at a
 * time, whether or not somebody takes them out.
 *
 * @throws GatewayError `FILE_UNWRITABLE`
 */
export async function layDownLabel(folder: string, label: TimedLabel): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new GatewayError("FILE_UNWRITABLE", `cannot make the folder ${folder}`, {
      cause,
      hint: "Check that the folder of the outbox is writable and has room.",
    });
  }
  const draft = await openDraft(join(folder, `${Date.now()}-${randomUUID()}${WHOLE}`));
  try {
    await draft.write(JSON.stringify(label));
    await draft.finish();
  } finally {
    await draft.discard();
  }
  for (const changed of [folder, dirname(folder)]) await syncFolder(changed);
}

const WHOLE = ".json";
/** Added to the name of a file that holds no label, or one that nobody could take. */
const REFUSED = ".refused";
/** The longest label is shorter. */
const MOST_BYTES = 65_536;

/** The names in a folder must be on the disk, too; some systems see to it by themselves, and refuse to be asked. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/** A label as it was laid down, or why it is none. */
export interface LaidDown {
  readonly label: TimedLabel | GatewayError;
  /** Removes it for good: to be called once it is kept elsewhere. */
  forget(): Promise<void>;
  /** Keeps it out of the way for people to look at. */
  setAside(): Promise<void>;
}

/**
 * What was laid down in a folder and not forgotten, oldest first. The folder need not be there.
 *
 * @throws whatever else the file system says
 */
export async function laidDownLabels(folder: string): Promise<readonly LaidDown[]> {
  const names = await readdir(folder).catch(ifAbsent<string[]>([]));
  const whole = names.filter((name) => name.endsWith(WHOLE)).sort();
  return await Promise.all(
    whole.map(async (name): Promise<LaidDown> => {
      const path = join(folder, name);
      return {
        label: await readLabel(path),
        forget: () => rm(path, { force: true }),
        setAside: () => rename(path, path + REFUSED),
      };
    }),
  );
}

async function readLabel(path: string): Promise<TimedLabel | GatewayError> {
  const { size } = await stat(path);
  if (size > MOST_BYTES) return refusal(path, `expected at most ${MOST_BYTES} bytes, got ${size}`);
  const text = await readFile(path, "utf8");
  try {
    return requireTime(parseLabelInput(JSON.parse(text)));
  } catch (cause) {
    return refusal(path, cause instanceof GatewayError ? cause.message : "expected JSON", cause);
  }
}

function refusal(path: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError("LABEL_INVALID", `${path}: ${why}`, {
    cause,
    hint: `Look at ${path}${REFUSED}.`,
  });
}

/**
 * A label that may be read more than once must say when it was said.
 *
 * @throws GatewayError `LABEL_INVALID`
 */
export function requireTime(label: LabelInput): TimedLabel {
  if (label.atMs !== undefined) return { ...label, atMs: label.atMs };
  throw new GatewayError("LABEL_INVALID", "label, atMs: expected when it was said, got none");
}

function ifAbsent<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return instead;
    throw error;
  };
}
