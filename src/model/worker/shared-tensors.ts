import type { TensorData } from "../runtime.ts";

export type Tensors = Readonly<Record<string, TensorData>>;

/** Copies tensors into shared memory, the same each time: what it gave before is written over. It grows as it must. */
export function sharedTensors(): (tensors: Tensors) => Tensors {
  const memory = new Map<string, SharedArrayBuffer>();
  const memoryOf = (name: string, bytes: number): SharedArrayBuffer => {
    const there = memory.get(name);
    if (there !== undefined && there.byteLength >= bytes) return there;
    const made = new SharedArrayBuffer(bytes);
    memory.set(name, made);
    return made;
  };
  return (tensors) =>
    mapTensors(tensors, ({ data, dimensions }, name) => {
      const buffer = memoryOf(name, data.byteLength);
      const shared =
        data instanceof Float32Array
          ? new Float32Array(buffer, 0, data.length)
          : new BigInt64Array(buffer, 0, data.length);
      copyTensor(data, shared);
      return { data: shared, dimensions };
    });
}

/** The same values in memory that is not shared, which ONNX Runtime refuses before Node 24. */
export function ownTensors(tensors: Tensors): Tensors {
  return mapTensors(tensors, ({ data, dimensions }) => ({ data: data.slice(), dimensions }));
}

/** Copies values to an array of the same type and length. */
export function copyTensor(from: TensorData["data"], to: TensorData["data"]): void {
  bytesOf(to).set(bytesOf(from));
}

export function mapTensors(
  tensors: Tensors,
  map: (tensor: TensorData, name: string) => TensorData,
): Tensors {
  const mapped: Record<string, TensorData> = {};
  for (const [name, tensor] of Object.entries(tensors)) mapped[name] = map(tensor, name);
  return mapped;
}

function bytesOf({ buffer, byteOffset, byteLength }: TensorData["data"]): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
