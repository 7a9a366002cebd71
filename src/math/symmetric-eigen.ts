/** All eigenvalues and eigenvectors of a symmetric matrix. */
export interface Eigen {
  /** Shape `[size]`, largest first. */
  readonly values: Float64Array;
  /** Shape `[size, size]`: row `i` is the eigenvector of `values[i]`, of length 1, its largest entry positive. */
  readonly vectors: Float64Array;
}

/** The iteration takes two or three turns for an eigenvalue; more than this many happen only when entries are not finite. */
const MAX_TURNS = 60;

/**
 * Finds all eigenvalues and eigenvectors of a symmetric matrix with finite entries.
 *
 * Householder tridiagonalization and the QL method with implicit shifts (Golub and Van Loan, Matrix Computations, 8.3). The time grows
 * with the cube of the size: a few milliseconds for 100, a few seconds for 800.
 *
 * @param matrix shape `[size, size]`; only read
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const { diagonal, beside, rows } = tridiagonalize(matrix, size);
  for (let at = 0; at < size; at += 1) {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const end = endOfBlock(diagonal, beside, at);
      if (end === at) break;
      sweep(diagonal, beside, rows, at, end);
    }
  }
  return inOrder(diagonal, rows);
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `beside[i]` couples `i` and `i + 1`; the last is 0. */
  readonly beside: Float64Array;
  /** The orthogonal matrix `P` with `P matrix P' = tridiagonal`; its rows become the eigenvectors. */
  readonly rows: Float64Array;
}

function tridiagonalize(matrix: Float64Array, size: number): Tridiagonal {
  const work = matrix.slice();
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  const reflectors: Float64Array[] = [];
  for (let step = 0; step < size - 1; step += 1) {
    const reflector = work.slice(step * size, (step + 1) * size).fill(0, 0, step + 1);
    beside[step] = makeReflector(reflector, step + 1);
    reflectWork(work, reflector, step + 1);
    reflectors.push(reflector);
  }
  for (let at = 0; at < size; at += 1) diagonal[at] = work[at * size + at] as number;
  return { diagonal, beside, rows: multiplyReflectors(reflectors, size) };
}

/**
 * Turns `vector` into the `v` of the reflection `I - v v'` that maps its entries from `first` on to a multiple of the first unit
 * vector, and returns that multiple. All zeros when there is nothing to reflect.
 */
function makeReflector(vector: Float64Array, first: number): number {
  let rest = 0;
  for (let at = first + 1; at < vector.length; at += 1) rest += (vector[at] as number) ** 2;
  const head = vector[first] as number;
  if (rest === 0) {
    vector.fill(0);
    return head;
  }
  const length = Math.sqrt(head * head + rest);
  const image = head > 0 ? -length : length;
  vector[first] = head - image;
  const scale = Math.sqrt(2 / (rest + (head - image) ** 2));
  for (let at = first; at < vector.length; at += 1) vector[at] = (vector[at] as number) * scale;
  return image;
}

/** Applies the reflection from both sides to what lies right of and below `first`. */
function reflectWork(work: Float64Array, v: Float64Array, first: number): void {
  const size = v.length;
  const image = new Float64Array(size);
  let along = 0;
  for (let row = first; row < size; row += 1) {
    image[row] = dotFrom(work, row * size, v, first);
    along += (image[row] as number) * (v[row] as number);
  }
  for (let row = first; row < size; row += 1) {
    image[row] = (image[row] as number) - (along / 2) * (v[row] as number);
  }
  for (let row = first; row < size; row += 1) {
    const ofRow = v[row] as number;
    const ofImage = image[row] as number;
    const base = row * size;
    for (let at = first; at < size; at += 1) {
      const change = ofRow * (image[at] as number) + ofImage * (v[at] as number);
      work[base + at] = (work[base + at] as number) - change;
    }
  }
}

function multiplyReflectors(reflectors: readonly Float64Array[], size: number): Float64Array {
  const rows = new Float64Array(size * size);
  for (let at = 0; at < size; at += 1) rows[at * size + at] = 1;
  for (let step = reflectors.length - 1; step >= 0; step -= 1) {
    const v = reflectors[step] as Float64Array;
    for (let row = step + 1; row < size; row += 1) {
      const base = row * size;
      const share = dotFrom(rows, base, v, step + 1);
      for (let at = step + 1; at < size; at += 1) {
        rows[base + at] = (rows[base + at] as number) - share * (v[at] as number);
      }
    }
  }
  return rows;
}

function dotFrom(cells: Float64Array, base: number, vector: Float64Array, first: number): number {
  let sum = 0;
  for (let at = first; at < vector.length; at += 1) {
    sum += (cells[base + at] as number) * (vector[at] as number);
  }
  return sum;
}

/** The last index of the block that starts at `at` and is not yet cut off from what follows. */
function endOfBlock(diagonal: Float64Array, beside: Float64Array, at: number): number {
  let end = at;
  while (end < diagonal.length - 1) {
    const size = Math.abs(diagonal[end] as number) + Math.abs(diagonal[end + 1] as number);
    if (Math.abs(beside[end] as number) <= Number.EPSILON * size) break;
    end += 1;
  }
  return end;
}

/** One turn of implicit QL on the block from `at` to `end`, with Wilkinson's shift. */
function sweep(
  diagonal: Float64Array,
  beside: Float64Array,
  rows: Float64Array,
  at: number,
  end: number,
): void {
  const half =
    ((diagonal[at + 1] as number) - (diagonal[at] as number)) / (2 * (beside[at] as number));
  const root = half + (half < 0 ? -1 : 1) * Math.hypot(half, 1);
  let bulge = (diagonal[end] as number) - (diagonal[at] as number) + (beside[at] as number) / root;
  let sine = 1;
  let cosine = 1;
  let moved = 0;
  for (let up = end - 1; up >= at; up -= 1) {
    const across = sine * (beside[up] as number);
    const along = cosine * (beside[up] as number);
    const length = Math.hypot(across, bulge);
    beside[up + 1] = length;
    if (length === 0) {
      diagonal[up + 1] = (diagonal[up + 1] as number) - moved;
      beside[end] = 0;
      return;
    }
    sine = across / length;
    cosine = bulge / length;
    const base = (diagonal[up + 1] as number) - moved;
    const slope = ((diagonal[up] as number) - base) * sine + 2 * cosine * along;
    moved = sine * slope;
    diagonal[up + 1] = base + moved;
    bulge = cosine * slope - along;
    rotate(rows, up, diagonal.length, sine, cosine);
  }
  diagonal[at] = (diagonal[at] as number) - moved;
  beside[at] = bulge;
  beside[end] = 0;
}

/** Turns rows `upper` and `upper + 1` in their plane. */
function rotate(
  rows: Float64Array,
  upper: number,
  size: number,
  sine: number,
  cosine: number,
): void {
  const start = upper * size;
  for (let cell = start; cell < start + size; cell += 1) {
    const above = rows[cell] as number;
    const below = rows[cell + size] as number;
    rows[cell + size] = sine * above + cosine * below;
    rows[cell] = cosine * above - sine * below;
  }
}

function inOrder(diagonal: Float64Array, rows: Float64Array): Eigen {
  const size = diagonal.length;
  const order = Uint32Array.from(diagonal, (_, at) => at).sort(
    (a, b) => (diagonal[b] as number) - (diagonal[a] as number),
  );
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => {
    const row = rows.subarray(from * size, (from + 1) * size);
    turnUp(row);
    vectors.set(row, to * size);
  });
  return { values: Float64Array.from(order, (from) => diagonal[from] as number), vectors };
}

/** An entry is larger than another only by this share; below it, rounding would choose the sign. */
const CLEARLY = 1e-6;

/** Makes the largest entry positive, the first one of equals: an eigenvector has no sign of its own. */
export function turnUp(vector: Float64Array): void {
  let largest = 0;
  for (const entry of vector) {
    if (Math.abs(entry) > Math.abs(largest) * (1 + CLEARLY)) largest = entry;
  }
  if (largest >= 0) return;
  for (let at = 0; at < vector.length; at += 1) vector[at] = -(vector[at] as number);
}

/** The symmetric square root of a positive definite matrix, shape `[size, size]`. */
export function squareRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, size);
  const root = new Float64Array(size * size);
  values.forEach((value, rank) => {
    const vector = vectors.subarray(rank * size, (rank + 1) * size);
    const weight = Math.sqrt(Math.max(0, value));
    for (let row = 0; row < size; row += 1) {
      const factor = weight * (vector[row] as number);
      for (let column = 0; column < size; column += 1) {
        const cell = row * size + column;
        root[cell] = (root[cell] as number) + factor * (vector[column] as number);
      }
    }
  });
  return root;
}
