import { InferenceSession, Tensor } from "onnxruntime-node";
import { createRandom } from "../../src/math/random.ts";

/** What one gets without asking: as many threads as there are cores, which spin while they wait. */
export const DEFAULT_SESSION: InferenceSession.SessionOptions = {};
/** As `openSession` of the library has it. */
export const OUR_SESSION: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
};

export const BATCH = 256;

/** ONNX Runtime without this library: maps windows of normalized values to their reconstructions. */
export interface PlainSession {
  run(windows: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

export async function openPlainSession(
  bytes: Uint8Array,
  cells: number,
  options: InferenceSession.SessionOptions,
): Promise<PlainSession> {
  const session = await InferenceSession.create(bytes, options);
  return {
    async run(windows) {
      const tensor = new Tensor("float32", windows, [windows.length / cells, cells]);
      const { reconstruction } = await session.run({ windows: tensor });
      return reconstruction?.data as Float32Array;
    },
    release: () => session.release(),
  };
}

/** Runs ready batches and nothing else; answers with the windows a second. */
export async function runReadyBatches(
  session: PlainSession,
  cells: number,
  windows: number,
): Promise<number> {
  const random = createRandom(3);
  const batch = Float32Array.from({ length: BATCH * cells }, () => random.normal());
  const runs = Math.ceil(windows / BATCH);
  const startMs = performance.now();
  for (let run = 0; run < runs; run += 1) await session.run(batch);
  return (1_000 * runs * BATCH) / (performance.now() - startMs);
}
