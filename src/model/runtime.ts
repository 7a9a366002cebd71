import type { InferenceSession, Tensor } from "onnxruntime-common";
import { GatewayError } from "../errors.ts";
import { nativeCall } from "./native-lock.ts";

/** Float tensors are passed by reference: do not change `data` during a run. */
export interface TensorData {
  readonly data: Float32Array | BigInt64Array;
  readonly dimensions: readonly number[];
}

/** A loaded ONNX graph: the part of ONNX Runtime that this library needs. */
export interface OnnxSession {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /**
   * Computes on the calling thread: the event loop waits for as long as the run takes.
   *
   * @param targets where outputs go, by name, each of exactly the shape that the run gives; leave them alone until it is over. They are what the
   * run resolves to. An output without a target gets memory of its own.
   */
  run(
    feeds: Readonly<Record<string, TensorData>>,
    targets?: Readonly<Record<string, TensorData>>,
  ): Promise<Readonly<Record<string, TensorData>>>;
  release(): Promise<void>;
}

/** Name and shape of an input or output; an open dimension is a name, or -1 when it has none. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** How ONNX Runtime uses the machine; `docs/threads.md` has the figures behind the defaults. */
export interface SessionSettings {
  /**
   * Threads that share the work of one operator.
   * @defaultValue 1
   */
  readonly threads?: number;
  /**
   * Whether threads that wait for work keep their cores busy.
   * @defaultValue false: an idle gateway burns no processor time
   */
  readonly spinning?: boolean;
}

/**
 * Loads a graph into ONNX Runtime.
 *
 * @throws GatewayError `DEPENDENCY_MISSING` when the runtime does not load on this machine, `MODEL_INVALID` when
 * it refuses the graph.
 */
export async function openSession(
  bytes: Uint8Array,
  name: string,
  { threads = 1, spinning = false }: SessionSettings = {},
): Promise<OnnxSession> {
  const { InferenceSession: Session, Tensor: TensorOf } = await loadRuntime();
  const tensorOf = ({ data, dimensions }: TensorData): Tensor =>
    new TensorOf(data instanceof Float32Array ? "float32" : "int64", data, dimensions);
  const session = await nativeCall(() =>
    Session.create(bytes, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4, // what fails is thrown, with the same words
      extra: { session: { intra_op: { allow_spinning: spinning ? "1" : "0" } } },
    }),
  ).catch((cause: unknown) => {
    throw new GatewayError("MODEL_INVALID", `${name}: ONNX Runtime refuses the graph`, { cause });
  });

  return {
    inputs: session.inputMetadata.map(describe),
    outputs: session.outputMetadata.map(describe),
    async run(feeds, targets = {}) {
      const inputs: Record<string, Tensor> = {};
      for (const name in feeds) inputs[name] = tensorOf(feeds[name] as TensorData);
      const outputs: Record<string, Tensor | null> = {};
      for (const name of session.outputNames) {
        const target = targets[name];
        outputs[name] = target === undefined ? null : tensorOf(target);
      }
      const answers = await nativeCall(() => session.run(inputs, outputs));
      const results: Record<string, TensorData> = {};
      for (const name in answers) {
        results[name] = takeAnswer(answers[name] as Tensor, targets[name]);
      }
      return results;
    },
    release: () => nativeCall(() => session.release()),
  };
}

/** @throws GatewayError `DEPENDENCY_MISSING` when the runtime does not load on this machine. */
export async function loadRuntime(): Promise<typeof import("onnxruntime-common")> {
  try {
    return await nativeCall(() => import("onnxruntime-node"));
  } catch (cause) {
    throw new GatewayError("DEPENDENCY_MISSING", "onnxruntime-node does not load on this machine", {
      cause,
      hint: "Install onnxruntime-node with --onnxruntime-node-install=skip; it needs glibc on x64 or arm64.",
    });
  }
}

/**
 * onnxruntime-node 1.30 writes into the target, and answers with a copy of it, which is given back here: left to the garbage collector, a few
 * hundred kilobytes after every run would keep it marking all the time.
 */
function takeAnswer({ data, dims }: Tensor, target: TensorData | undefined): TensorData {
  const answer = data as TensorData["data"];
  if (target === undefined) return { data: answer, dimensions: dims };
  const { buffer } = answer;
  if (buffer !== target.data.buffer && buffer instanceof ArrayBuffer) buffer.transfer(0);
  return target;
}

function describe(value: InferenceSession.ValueMetadata): OnnxValue {
  return { name: value.name, shape: value.isTensor ? value.shape : [] };
}
