/** One item that was drawn. */
export interface Drawn<Item> {
  readonly item: Item;
  /** Number of the stratum that it was drawn from. */
  readonly stratum: number;
  /** The chance that it had: drawn from its cell, of those seen there. */
  readonly probability: number;
}

/** Draws from a stream without knowing how long it will be. */
export interface StratifiedSample<Item> {
  /**
   * Shows the next item.
   *
   * @param item makes the item; called only when it is kept, at least for now
   * @param cell number of the cell within the stratum
   * @param rank a number drawn for the item, uniform in [0, 1)
   */
  offer(item: () => Item, stratum: number, cell: number, rank: number): void;
  /** Hands out what was drawn since the last time, in no special order, and begins anew. */
  take(): Drawn<Item>[];
}

interface Cell<Item> {
  seen: number;
  /** The lowest ranks seen, lowest first; all that was seen until the first cut. */
  kept: Ranked<Item>[];
}

interface Ranked<Item> {
  readonly rank: number;
  readonly item: Item;
}

/**
 * Creates a stratified sample of at most `capacity` items, spread evenly over strata, and within a stratum over its cells: what a
 * rare one leaves, the others get.
 *
 * In each cell it keeps the items with the lowest ranks. When there are too many, the fullest cell of the fullest
 * stratum loses one. How many are kept where thus follows from where items came from and never from their ranks, so what a cell
 * keeps is a simple random sample without replacement, and `kept / seen` is the exact chance of each of its items (Cochran 1977, chapter 5). The price is that
 * nothing is sure to stay before `take`.
 *
 * Memory: `capacity` items. Offering costs a comparison, and O(capacity) for an item that is kept.
 *
 * @param cells cells of each stratum. A cell that has seen something keeps something as long as no stratum has more than
 * `capacity / strata` cells
 */
export function createStratifiedSample<Item>(
  capacity: number,
  cells: readonly number[],
): StratifiedSample<Item> {
  let strata = emptyStrata<Item>(cells);
  let kept = 0;
  return {
    offer(item, stratum, cell, rank) {
      const place = strata[stratum]?.[cell];
      if (place === undefined) return;
      const isCut = place.kept.length < place.seen;
      place.seen += 1;
      if (isCut) {
        if (rank >= (place.kept.at(-1)?.rank ?? 0)) return;
        place.kept.pop();
        insert(place.kept, { rank, item: item() });
        return;
      }
      insert(place.kept, { rank, item: item() });
      kept += 1;
      if (kept <= capacity) return;
      fullest(strata).kept.pop();
      kept -= 1;
    },
    take() {
      const drawn = strata.flatMap((places, stratum) =>
        places.flatMap(({ seen, kept: ranked }) => {
          const probability = ranked.length / seen;
          return ranked.map(({ item }) => ({ item, stratum, probability }));
        }),
      );
      strata = emptyStrata(cells);
      kept = 0;
      return drawn;
    },
  };
}

function emptyStrata<Item>(cells: readonly number[]): Cell<Item>[][] {
  return cells.map((count) => Array.from({ length: count }, () => ({ seen: 0, kept: [] })));
}

/** Keeps the order of ranks. */
function insert<Item>(kept: Ranked<Item>[], ranked: Ranked<Item>): void {
  let low = 0;
  let high = kept.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((kept[middle] as Ranked<Item>).rank < ranked.rank) low = middle + 1;
    else high = middle;
  }
  kept.splice(low, 0, ranked);
}

/** The fullest cell of the fullest stratum; the first of several. */
function fullest<Item>(strata: readonly Cell<Item>[][]): Cell<Item> {
  const size = (places: readonly Cell<Item>[]): number =>
    places.reduce((sum, { kept }) => sum + kept.length, 0);
  const stratum = strata.reduce((full, places) => (size(places) > size(full) ? places : full));
  return stratum.reduce((full, place) => (place.kept.length > full.kept.length ? place : full));
}
