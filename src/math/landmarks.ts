/** Root mean square distance per coordinate below which two points are one place at first: half a spread of a normalized tag. */
const FIRST_RADIUS = 0.5;

/** Where a point lies among those that were seen before. */
export interface Sighting {
  /** Number of the nearest landmark, from 0 on; after a thinning the numbers are others. */
  readonly landmark: number;
  /** Nothing that was seen before is near; the point is a landmark now. */
  readonly isNew: boolean;
}

/** A small set of points that everything seen so far is near to. */
export interface Landmarks {
  /** @param point shape `[width]`; finite. Not kept. */
  visit(point: Float64Array): Sighting;
}

/**
 * Creates an empty map of at most `limit` landmarks.
 *
 * A point is new when it is farther than a radius from every landmark. When there are too many, the radius is doubled and landmarks within it
 * of each other become one: the doubling algorithm of Charikar, Chekuri, Feder and Motwani (1997), whose radius is at most 8 times that of the best
 * `limit` centers. So noise, however much of it there is, is soon no news.
 *
 * Memory: `limit * width` numbers. A visit costs O(width) where the point is near the landmark of the visit before, else at most O(limit * width).
 */
export function createLandmarks(limit: number, width: number): Landmarks {
  const points = new Float64Array((limit + 1) * width);
  let count = 0;
  let last = 0; // landmark of the visit before
  let reach = FIRST_RADIUS ** 2 * width; // squared radius, summed over the coordinates

  /** Squared distance of landmark and point, or something above `most` when it is more than that. */
  const distance = (landmark: number, point: Float64Array, from: number, most: number): number => {
    let sum = 0;
    for (let place = 0; place < width && sum <= most; place += 1) {
      sum += ((points[landmark * width + place] as number) - (point[from + place] as number)) ** 2;
    }
    return sum;
  };
  /** The nearest of the first `among` landmarks within the radius, or -1. */
  const nearest = (point: Float64Array, from: number, among: number): number => {
    let best = -1;
    let bestDistance = reach;
    for (let turn = 0; turn < among; turn += 1) {
      const landmark = (last + turn) % among; // near the one before, most probably: the others are then soon out
      const squared = distance(landmark, point, from, bestDistance);
      if (squared > bestDistance || (squared === bestDistance && best >= 0)) continue;
      best = landmark;
      bestDistance = squared;
    }
    return best;
  };
  const thin = (): void => {
    reach *= 4;
    let left = 0;
    for (let landmark = 0; landmark < count; landmark += 1) {
      if (nearest(points, landmark * width, left) >= 0) continue;
      points.copyWithin(left * width, landmark * width, (landmark + 1) * width);
      left += 1;
    }
    count = left;
  };

  return {
    visit(point) {
      const landmark = nearest(point, 0, count);
      if (landmark >= 0) {
        last = landmark;
        return { landmark, isNew: false };
      }
      points.set(point, count * width);
      last = count;
      count += 1;
      while (count > limit) {
        thin();
        last = Math.max(0, nearest(point, 0, count));
      }
      return { landmark: last, isNew: true };
    },
  };
}
