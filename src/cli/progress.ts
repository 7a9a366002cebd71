import { Presets, SingleBar } from "cli-progress";

/** Shows how far a long task has come, on stderr. */
export interface Progress {
  update(done: number, note: string): void;
  stop(): void;
}

/** Without a terminal, a line at most this often. */
const LINE_EVERY_MS = 5_000;

/** A bar on a terminal; elsewhere a line now and then, so that a log stays readable. */
export function startProgress(label: string, total: number): Progress {
  if (process.stderr.isTTY) {
    const format = `${label} {bar} {value}/{total} {note}`;
    const bar = new SingleBar(
      { format, stream: process.stderr, clearOnComplete: true },
      Presets.shades_classic,
    );
    bar.start(total, 0, { note: "" });
    return {
      update: (done, note) => bar.update(done, { note }),
      stop: () => bar.stop(),
    };
  }
  let lastMs = performance.now();
  return {
    update(done, note) {
      if (performance.now() - lastMs < LINE_EVERY_MS) return;
      lastMs = performance.now();
      process.stderr.write(`${label} ${done}/${total} ${note}\n`);
    },
    stop() {},
  };
}
