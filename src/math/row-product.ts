/**
 * One element of a matrix times a vector.
 *
 * @param matrix shape `[n, n]`, row-major; @param vector shape `[n]`
 */
export function rowProduct(matrix: Float64Array, row: number, vector: Float64Array): number {
  let value = 0;
  for (let place = 0, cell = row * vector.length; place < vector.length; place += 1, cell += 1) {
    value += (matrix[cell] as number) * (vector[place] as number);
  }
  return value;
}
