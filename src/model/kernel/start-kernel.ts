import { KERNEL } from "./kernel-bytes.ts";

/** What assembly/window-kernel.ts exports: functions, and where its arrays begin. */
interface KernelCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly pattern: Global;
  readonly apart: Global;
  layOut(capacity: number, length: number, tags: number, waiting: number): void;
  normalize(place: number, from: number, clip: number): number;
  measure(from: number, to: number, hasFrames: 0 | 1): void;
}

interface Global {
  readonly value: number;
}

type Floats = "input" | "output" | "whitening" | "precision" | "roomy";
type Doubles = "means" | "shares" | "room" | "values" | "factors";

/** A kernel that has found room for everything: its memory grows no more. */
export interface KernelMemory {
  readonly code: KernelCode;
  floats(name: Floats, length: number): Float32Array;
  doubles(name: Doubles, length: number): Float64Array;
}

/** The few parts of it that are used here; Node.js has it, its types do not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { readonly exports: KernelCode & Readonly<Record<Floats | Doubles, Global>> };
};

let compiled: object | undefined;

/** Every kernel has memory of its own; the code is compiled once. */
export function startKernel(
  capacity: number,
  length: number,
  tags: number,
  waiting: number,
): KernelMemory {
  compiled ??= new WebAssembly.Module(Buffer.from(KERNEL, "base64"));
  const { exports } = new WebAssembly.Instance(compiled);
  exports.layOut(capacity, length, tags, waiting);
  const { buffer } = exports.memory;
  return {
    code: exports,
    floats: (name, size) => new Float32Array(buffer, exports[name].value, size),
    doubles: (name, size) => new Float64Array(buffer, exports[name].value, size),
  };
}
