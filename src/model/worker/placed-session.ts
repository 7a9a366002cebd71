import { type OnnxSession, openSession, type SessionSettings } from "../runtime.ts";
import { heavyRuns } from "./heavy-runs.ts";
import type { Tensors } from "./shared-tensors.ts";
import { findWorkerScript, type WorkerScript } from "./worker-script.ts";
import { openWorkerSession } from "./worker-session.ts";

export interface PlacementSettings extends SessionSettings {
  /** Runs that take longer are moved to a worker thread: 0 moves them from the start, `Infinity` never. */
  readonly workerAfterMs: number;
}

/** A session that knows where its runs are made: on the thread that asks for them, or in a worker. */
export interface PlacedSession extends OnnxSession {
  place(): "main" | "worker";
}

/**
 * Opens a session that runs on this thread until it is seen that its runs are too long for it, see {@link heavyRuns}; then it moves to a worker
 * thread, for good and without losing a run. Where there is no worker's script, because a bundler made one file of everything, it stays. So it does, with a
 * warning of the process, where the worker does not open.
 *
 * @throws what `openSession` throws
 */
export async function openPlacedSession(
  bytes: Uint8Array,
  name: string,
  { workerAfterMs, ...settings }: PlacementSettings,
  script: WorkerScript | null = findWorkerScript("scoring", import.meta.url) ?? null,
): Promise<PlacedSession> {
  const here = await openSession(bytes, name, settings);
  const isHeavy = heavyRuns(workerAfterMs);
  let runsHere = 0;
  let left: (() => void) | undefined; // told once the last of them is over
  let there: OnnxSession | undefined;
  let moving: Promise<void> | undefined;
  let isReleased = false;

  const move = async (to: WorkerScript): Promise<void> => {
    const opened = await openWorkerSession(to, { bytes, name, settings }).catch(warn);
    if (isReleased) return opened?.release();
    there = opened;
    if (opened !== undefined) await leave();
  };
  const leave = async (): Promise<void> => {
    if (runsHere > 0) await new Promise<void>((resolve) => (left = resolve));
    await here.release();
  };
  const runHere = async (feeds: Tensors, targets: Tensors | undefined): Promise<Tensors> => {
    let startMs = 0;
    // ONNX Runtime computes in the next turn of these; what the loop does before then is not its time
    setImmediate(() => {
      startMs = performance.now();
    });
    runsHere += 1;
    try {
      const results = await here.run(feeds, targets);
      if (script !== null && isHeavy(windowsIn(feeds), performance.now() - startMs)) {
        moving ??= move(script);
      }
      return results;
    } finally {
      runsHere -= 1;
      if (runsHere === 0) left?.();
    }
  };

  if (script !== null && workerAfterMs === 0) {
    moving = move(script);
    await moving;
  }
  return {
    inputs: here.inputs,
    outputs: here.outputs,
    place: () => (there === undefined ? "main" : "worker"),
    run: (feeds, targets) =>
      there === undefined ? runHere(feeds, targets) : there.run(feeds, targets),
    async release() {
      isReleased = true;
      await moving;
      await (there === undefined ? leave() : there.release());
    },
  };
}

function windowsIn(feeds: Tensors): number {
  for (const name in feeds) return feeds[name]?.dimensions[0] ?? 1;
  return 1;
}

function warn(error: Error): undefined {
  process.emitWarning(`scoring stays on the thread that reads: ${error.message}`, {
    code: "WHEELTAPPER_SCORING",
  });
}
