import { choleskyFactor } from "../../math/shrunk-covariance.ts";
import { errorWeights, type Scales } from "../../math/window-error.ts";
import type { KernelMemory } from "./start-kernel.ts";

/** Rows of a matrix that the kernel works on at once. */
const ROWS = 8;

/**
 * Every distance is a sum of squares of a matrix times a row: the roomy one by its triangular factor, that of a tag by its row of
 * the precision in units of the usual size.
 *
 * @returns whether frames count
 */
export function writeWeights(
  floats: KernelMemory["floats"],
  scales: Scales,
  tags: number,
): boolean {
  const { whitening, frames } = errorWeights(scales);
  const write = (name: "whitening" | "precision" | "roomy", cell: CellOf): void => {
    const blocks = floats(name, Math.ceil(tags / ROWS) * ROWS * tags);
    for (let row = 0; row < tags; row += 1) {
      for (let column = 0; column < tags; column += 1) {
        const block = Math.floor(row / ROWS);
        blocks[(block * tags + column) * ROWS + (row % ROWS)] = cell(row, column);
      }
    }
  };
  write("whitening", (row, column) => whitening[row * tags + column] as number);
  if (frames === undefined) return false;
  const { precision, roomyPrecision } = frames;
  const factor = choleskyFactor(roomyPrecision, tags);
  write("roomy", (row, column) => factor[column * tags + row] as number);
  write("precision", (row, column) => {
    const own = precision[row * (tags + 1)] as number;
    return (precision[row * tags + column] as number) / Math.sqrt(own);
  });
  return true;
}

type CellOf = (row: number, column: number) => number;
