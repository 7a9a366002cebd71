import { createRandom } from "./random.ts";
import type { Eigen } from "./symmetric-eigen.ts";
import { symmetricEigen, turnUp } from "./symmetric-eigen.ts";

/** How many directions are multiplied at a time; so many equal eigenvalues are found without fail. */
const BLOCK = 8;
/** An eigenvector counts as found when the matrix turns it away by no more than this share of the largest eigenvalue. */
const TOLERANCE = 1e-5;
/** Up to this size all eigenvectors are found at once. */
const SMALL = 300;
/** The search gives up when it has tried this share of all directions. */
const MOST = 0.5;
/** A direction that the others explain up to this share is replaced by a random one. */
const EXHAUSTED = 1e-10;

/**
 * Finds the largest eigenvalues of a positive semidefinite matrix: as many as `enough` asks for.
 *
 * Block Krylov iteration with full orthogonalization (Golub and Van Loan, Matrix Computations, 10.3; Musco and Musco 2015) from a
 * fixed start: the same matrix gives the same result. For small matrices, or when nearly everything is asked for, all eigenvectors are
 * found instead.
 *
 * @param matrix shape `[size, size]`, symmetric, finite; only read
 * @param enough how many of the eigenvalues, largest first, are needed; it is shown those that are known so far
 * @returns as many as needed
 */
export function leadingEigen(
  matrix: Float64Array,
  size: number,
  enough: (values: Float64Array) => number | undefined,
): Eigen {
  if (size > SMALL) {
    const found = search(matrix, size, enough);
    if (found) return found;
  }
  const { values, vectors } = symmetricEigen(matrix, size);
  const count = enough(values) ?? size;
  return { values: values.slice(0, count), vectors: vectors.slice(0, count * size) };
}

function search(
  matrix: Float64Array,
  size: number,
  enough: (values: Float64Array) => number | undefined,
): Eigen | undefined {
  const random = createRandom(1);
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  let block = Array.from({ length: BLOCK }, () => randomVector(size, random.normal));
  let nextCheck = 4 * BLOCK;
  while (basis.length + BLOCK <= MOST * size) {
    for (const vector of block) {
      orthogonalize(vector, basis, random.normal);
      basis.push(vector);
    }
    const newest = block.map((vector) => multiply(matrix, vector));
    images.push(...newest);
    if (basis.length >= nextCheck) {
      const found = settled(basis, images, enough);
      if (found) return found;
      nextCheck = Math.ceil(basis.length * 1.25);
    }
    block = newest.map((image) => image.slice());
  }
  return undefined;
}

/** The eigenvectors that are needed, once each of them is nearly one of the whole matrix. */
function settled(
  basis: readonly Float64Array[],
  images: readonly Float64Array[],
  enough: (values: Float64Array) => number | undefined,
): Eigen | undefined {
  const size = basis.length;
  const projected = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const product = dot(basis[row] as Float64Array, images[column] as Float64Array);
      projected[row * size + column] = product;
      projected[column * size + row] = product;
    }
  }
  const { values, vectors } = symmetricEigen(projected, size);
  const count = enough(values);
  if (count === undefined) return undefined;
  const limit = TOLERANCE * (values[0] as number);
  const found: Float64Array[] = [];
  for (let at = 0; at < count; at += 1) {
    const weights = vectors.subarray(at * size, (at + 1) * size);
    const vector = combine(basis, weights);
    const image = combine(images, weights);
    addScaled(image, vector, -(values[at] as number));
    if (Math.sqrt(dot(image, image)) > limit) return undefined;
    found.push(vector);
  }
  return { values: values.slice(0, count), vectors: stack(found) };
}

function stack(rows: readonly Float64Array[]): Float64Array {
  const size = rows[0]?.length ?? 0;
  const stacked = new Float64Array(rows.length * size);
  rows.forEach((row, at) => {
    turnUp(row);
    stacked.set(row, at * size);
  });
  return stacked;
}

function combine(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array((rows[0] as Float64Array).length);
  rows.forEach((row, at) => {
    addScaled(sum, row, weights[at] as number);
  });
  return sum;
}

/** Makes `vector` a unit vector at right angles to all of `basis`; a random one when nothing of it is left. */
function orthogonalize(
  vector: Float64Array,
  basis: readonly Float64Array[],
  normal: () => number,
): void {
  const before = Math.sqrt(dot(vector, vector));
  project(vector, basis);
  if (Math.sqrt(dot(vector, vector)) <= before * EXHAUSTED) {
    vector.forEach((_, at) => {
      vector[at] = normal();
    });
    project(vector, basis);
  }
  project(vector, basis);
  const length = Math.sqrt(dot(vector, vector));
  vector.forEach((entry, at) => {
    vector[at] = entry / length;
  });
}

function project(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (const direction of basis) addScaled(vector, direction, -dot(vector, direction));
}

function addScaled(to: Float64Array, what: Float64Array, factor: number): void {
  for (let at = 0; at < to.length; at += 1) {
    to[at] = (to[at] as number) + factor * (what[at] as number);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, row) => dot(matrix.subarray(row * size, (row + 1) * size), vector));
}

function randomVector(size: number, normal: () => number): Float64Array {
  return Float64Array.from({ length: size }, normal);
}
