export const UNITS = 20;
export const TAGS_PER_UNIT = 50;
/** It never answers. In the middle, so that units before and after it are seen. */
export const DEAD_UNIT = 10;

/** One float32 in two registers each. */
export const lineTags: readonly { name: string; unitId: number; address: number }[] = Array.from(
  { length: UNITS * TAGS_PER_UNIT },
  (_, place) => {
    const unitId = Math.floor(place / TAGS_PER_UNIT) + 1;
    const tag = place % TAGS_PER_UNIT;
    return { name: `unit${unitId}.tag${tag}`, unitId, address: 2 * tag };
  },
);

/** One of each unit that lives. */
export const watchedTags: readonly string[] = lineTags
  .filter(({ unitId, address }) => unitId !== DEAD_UNIT && address === 0)
  .map(({ name }) => name);
