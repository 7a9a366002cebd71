import { createHash, type Hash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import { openDraft } from "../draft-file.ts";
import { GatewayError } from "../errors.ts";
import type { FitState } from "./fit-state.ts";

/** Where training leaves what it has reached, so that it can go on after a power cut. A training may fit several networks. */
export interface Checkpoint {
  /**
   * Called once for every network, before its first epoch. Nothing when there is nothing to go on from.
   *
   * @param fit what tells the network from the others: a digest of all that it is fitted to
   */
  load(fit: string): Promise<FitState | undefined>;
  /** Called after every epoch. */
  save(fit: string, state: FitState): Promise<void>;
}

export interface FileCheckpoint extends Checkpoint {
  /** Called when training is done. */
  remove(): Promise<void>;
}

/** The first bytes of every checkpoint; the number grows when its layout, or what training does with it, changes. */
const MAGIC = "wheeltapper checkpoint 1\n";
const DIGEST_BYTES = 32;

/** Time between two writes: what a power cut costs, against what writing costs. */
const SAVE_EVERY_MS = 5_000;

/**
 * Keeps the states of one training in a file, written anew every five seconds, at the end of an epoch.
 *
 * A power cut leaves the last state or the one before. What belongs to other data or other settings, or is damaged,
 * is passed over, and replaced at the next write: training then starts from the beginning, which is always right.
 *
 * @param identity as {@link fingerprint} makes it
 * @throws GatewayError when loading or saving: `CONFIG_INVALID` when the file is no checkpoint at all, which is never
 * overwritten; `FILE_UNREADABLE`, `FILE_UNWRITABLE`
 */
export function fileCheckpoint(
  path: string,
  identity: Uint8Array,
  saveEveryMs: number = SAVE_EVERY_MS,
): FileCheckpoint {
  let savedMs = performance.now();
  let states: Map<string, FitState> | undefined;
  const open = async (): Promise<Map<string, FitState>> => (states ??= await read(path, identity));
  return {
    load: async (fit) => (await open()).get(fit),

    async save(fit, state) {
      const all = (await open()).set(fit, state);
      if (performance.now() - savedMs < saveEveryMs) return;
      const body = serialize(all);
      const draft = await openDraft(path);
      try {
        await draft.write(Buffer.concat([Buffer.from(MAGIC), identity, sha256(body), body]));
        await draft.finish();
      } finally {
        await draft.discard();
      }
      savedMs = performance.now();
    },

    remove: () => rm(path, { force: true }),
  };
}

/** What tells one training from another: a digest of its data and settings, to the last bit. */
export function fingerprint(job: unknown): Uint8Array {
  const hash = createHash("sha256");
  digest(hash, job);
  return hash.digest();
}

/** Takes in plain data, names and all; what is undefined counts as absent. */
function digest(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value)) {
    hash.update(`${value.byteLength} bytes:`);
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      if (part === undefined) continue;
      hash.update(`${JSON.stringify(key)}{`);
      digest(hash, part);
      hash.update("}");
    }
  } else {
    hash.update(`${typeof value} ${value};`);
  }
}

/** The states in the file, if it is there, whole, and of this training. */
async function read(path: string, identity: Uint8Array): Promise<Map<string, FitState>> {
  const content = await readIfThere(path);
  if (content === undefined) return new Map();
  if (!startsWith(content, Buffer.from(MAGIC))) throw foreign(path);
  const [owner, digest, body] = split(content.subarray(MAGIC.length));
  const isOurs = owner.equals(identity) && sha256(body).equals(digest);
  return isOurs ? (deserialize(body) as Map<string, FitState>) : new Map();
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new GatewayError("FILE_UNREADABLE", `cannot read the checkpoint ${path}`, {
      cause,
      hint: "Check that the path names a file, and that it may be read.",
    });
  }
}

function startsWith(content: Buffer, start: Buffer): boolean {
  return content.subarray(0, start.length).equals(start);
}

function split(content: Buffer): readonly [Buffer, Buffer, Buffer] {
  return [
    content.subarray(0, DIGEST_BYTES),
    content.subarray(DIGEST_BYTES, 2 * DIGEST_BYTES),
    content.subarray(2 * DIGEST_BYTES),
  ];
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function foreign(path: string): GatewayError {
  return new GatewayError(
    "CONFIG_INVALID",
    `expected a checkpoint of a training, or no file, got ${path}, which is something else`,
    { hint: "Name a file of its own as checkpointPath." },
  );
}
