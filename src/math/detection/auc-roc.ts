/**
 * The chance that a labelled row scores higher than an unlabelled one, a tie counting as half: the area under the
 * receiver operating characteristic (Hanley and McNeil 1982), which no threshold enters. O(n log n).
 *
 * A row without a score (`NaN`) stands below every other: nobody would have been told of it. `NaN` without rows of both kinds.
 */
export function aucRoc(scores: Float64Array, labels: Uint8Array): number {
  const normal = Float64Array.from(scores.filter((_, row) => labels[row] === 0)).map(lowest);
  const labelled = Float64Array.from(scores.filter((_, row) => labels[row] !== 0)).map(lowest);
  normal.sort();
  labelled.sort();
  let below = 0; // normal rows under the labelled one
  let upTo = 0; // and those that tie with it
  let won = 0;
  for (const score of labelled) {
    while (below < normal.length && (normal[below] as number) < score) below += 1;
    while (upTo < normal.length && (normal[upTo] as number) <= score) upTo += 1;
    won += (below + upTo) / 2;
  }
  return won / (normal.length * labelled.length);
}

function lowest(score: number): number {
  return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
}
