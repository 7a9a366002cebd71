import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "../../errors.ts";
import { loadRuntime } from "../runtime.ts";

/**
 * Gives a model as ONNX Runtime has prepared it for the machine that this runs on, in the runtime's own format. Goes by a file
 * in the temporary folder: the runtime writes to nothing else.
 *
 * @throws GatewayError `FILE_UNWRITABLE` when the runtime cannot write it
 */
export async function convertToOrt(onnx: Uint8Array, name: string): Promise<Uint8Array> {
  const { InferenceSession: Session } = await loadRuntime();
  const folder = await mkdtemp(join(tmpdir(), "wheeltapper-ort-"));
  const path = join(folder, "model.ort");
  try {
    const session = await Session.create(onnx, {
      intraOpNumThreads: 1,
      graphOptimizationLevel: "all",
      optimizedModelFilePath: path,
      logSeverityLevel: 3, // it warns of what the card says: that the file may suit this machine alone
      extra: { session: { save_model_format: "ORT" } },
    });
    await session.release();
    return await readFile(path);
  } catch (cause) {
    throw new GatewayError(
      "FILE_UNWRITABLE",
      `model "${name}": ONNX Runtime cannot write it in ORT format`,
      { cause, hint: `Check that ${tmpdir()} is writable and has room.` },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an optimized graph may depend on, e.g. `onnxruntime 1.30.0, linux x64`. */
export async function describeMachine(): Promise<string> {
  const { env } = await loadRuntime();
  const { node, common } = env.versions;
  return `onnxruntime ${node ?? common}, ${process.platform} ${process.arch}`;
}
