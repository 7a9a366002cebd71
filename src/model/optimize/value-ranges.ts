import { GatewayError } from "../../errors.ts";
import { decodeModel, encodeChanged, type OnnxModel } from "../onnx/schema.ts";
import { openSession } from "../runtime.ts";
import { isWorthMultiplying, productsOf } from "./graph-products.ts";

/** Between what limits a value of a graph is taken to be; `low <= 0 <= high`, and they differ. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** By the name of the value. */
export type ValueRanges = ReadonlyMap<string, ValueRange>;

/** Room beyond what was measured: samples do not show everything that is normal. */
const MARGIN = 1.5;

/**
 * Measures what goes into the products of a graph that are worth multiplying in 8 bits, while it answers to `windows`, shape `[n, cells]`. A value that is always zero,
 * or not finite, has no range.
 *
 * @throws GatewayError `SCORING_FAILED` when the runtime fails
 */
export async function measureRanges(
  model: OnnxModel,
  name: string,
  windows: Float32Array,
  cells: number,
): Promise<ValueRanges> {
  const open = decodeModel(encodeChanged(model), name);
  const { graph } = open;
  const values = new Set(
    productsOf(graph)
      .filter(isWorthMultiplying)
      .map(({ node }) => node.input[0] ?? ""),
  );
  const given = new Set(graph.output.map((output) => output.name));
  const made = new Set(graph.node.flatMap(({ output }) => output));
  const hidden = [...values].filter((value) => made.has(value) && !given.has(value));
  graph.output = [...graph.output, ...hidden.map((value) => ({ name: value }))];
  const session = await openSession(encodeChanged(open), name);
  try {
    const feeds = { windows: { data: windows, dimensions: [windows.length / cells, cells] } };
    const seen = { ...feeds, ...(await session.run(feeds)) };
    return new Map(
      Object.entries(seen).flatMap(([value, { data }]) => {
        const range = values.has(value) && data instanceof Float32Array ? rangeOf(data) : undefined;
        return range === undefined ? [] : [[value, range] as const];
      }),
    );
  } catch (cause) {
    throw new GatewayError("SCORING_FAILED", `model "${name}" failed on sample windows`, { cause });
  } finally {
    await session.release();
  }
}

function rangeOf(data: Float32Array): ValueRange | undefined {
  let [low, high] = [0, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) return undefined;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low === high ? undefined : { low: MARGIN * low, high: MARGIN * high };
}
