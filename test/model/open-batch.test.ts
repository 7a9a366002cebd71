import { expect, it } from "vitest";
import { batchSizeOf } from "../../src/model/open-batch.ts";

const tags = (count: number) => Array.from({ length: count }, (_, tag) => ({ name: `tag${tag}` }));

it.each([
  [32, 8, 256],
  [64, 256, 256],
  [64, 1_000, 65],
  [6_000, 1_000, 1],
])(
  "windows of %i frames x %i tags go %i in a run, so that a batch takes 32 MB at most",
  (windowLength, count, size) => {
    expect(batchSizeOf({ windowLength, tags: tags(count) })).toBe(size);
  },
);
