/** How the numbers of a matrix `[inputs, outputs]` lie in memory. */
export interface MatrixLayout {
  readonly inputs: number;
  readonly outputs: number;
  /** Whether they lie as `[outputs, inputs]`. */
  readonly transposed: boolean;
}

/** A matrix in 8 bits: its weights are `values * scales`, with one scale per output column. */
export interface QuantizedMatrix {
  /** Shape `[inputs, outputs]`, or `[outputs, inputs]` for a transposed matrix that was to stay so. */
  readonly values: Int8Array;
  /** Shape `[outputs]`; above zero. */
  readonly scales: Float32Array;
}

/**
 * Rounds a matrix to whole numbers from `-largest` to `largest`, column by column, so that a column of small weights
 * keeps its precision beside one of large weights.
 */
export function quantizeMatrix(
  weights: Float32Array,
  { inputs, outputs, transposed }: MatrixLayout,
  largest: number,
): QuantizedMatrix {
  const [alongInput, alongOutput] = transposed ? [1, inputs] : [outputs, 1];
  const values = new Int8Array(weights.length);
  const scales = new Float32Array(outputs);
  for (let output = 0; output < outputs; output += 1) {
    let reach = 0;
    for (let input = 0; input < inputs; input += 1) {
      const weight = weights[input * alongInput + output * alongOutput] as number;
      reach = Math.max(reach, Math.abs(weight));
    }
    const scale = Math.fround(reach / largest) || 1; // a column of zeros
    scales[output] = scale;
    for (let input = 0; input < inputs; input += 1) {
      const cell = input * alongInput + output * alongOutput;
      const rounded = Math.round((weights[cell] as number) / scale);
      values[cell] = Math.min(largest, Math.max(-largest, rounded));
    }
  }
  return { values, scales };
}

/** Swaps rows and columns of a matrix that lies as `[outputs, inputs]`. */
export function transpose(values: Int8Array, inputs: number, outputs: number): Int8Array {
  return values.map(
    (_, cell) => values[(cell % outputs) * inputs + Math.floor(cell / outputs)] as number,
  );
}
