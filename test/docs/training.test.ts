import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { trainModel } from "../../src/model/train-model.ts";
import { TRAINING_DEFAULTS } from "../../src/model/training-options.ts";
import { machineFrames, machineTags } from "../machine-frames.ts";

const read = (path: string): string => readFileSync(path, "utf8");
const page = read("docs/training.md").replaceAll(/ +\|/g, " |");
const options = { name: "machine", tags: machineTags, maxEpochs: 1 };

/** Rows of the table of choices: name, text, option, option on the command line. */
const table = [
  ...page.matchAll(/^\| `(\w+)` \| (.+?) \| (`.+?`(?:, `.+?`)*) \| (?:`(--[\w-]+)` )?\|$/gm),
].map(([, setting = "", text = "", named = ""]) => ({
  setting,
  text,
  options: [...named.matchAll(/\w+/g)].map(([option]) => option),
}));
const textOf = (name: string): string =>
  table.find(({ setting }) => setting === name)?.text ?? "no such row";

it("docs/training.md has a row for every choice in a card, and no other", async () => {
  const { card } = await trainModel(machineFrames(200), { ...options, kind: "pca" });
  const settings = (card.choices ?? []).map(({ setting }) => setting.replace(/ of .*/, ""));
  expect(table.map(({ setting }) => setting).toSorted()).toEqual([...new Set(settings)].toSorted());
});

it("docs/training.md names options that there are", () => {
  const known = [...read("src/model/training-options.ts").matchAll(/^ {2}readonly (\w+)\??:/gm)];
  known.push(...read("src/model/training-frames.ts").matchAll(/^ {2}readonly (\w+)\?:/gm));
  const names = known.map(([, name]) => name);
  expect(table.flatMap((row) => row.options).filter((name) => !names.includes(name))).toEqual([]);
});

it("docs/training.md has the defaults of training", async () => {
  expect(textOf("kind")).toContain(`\`${TRAINING_DEFAULTS.kind}\``);
  expect(textOf("leftOutFrames")).toContain(`${100 * TRAINING_DEFAULTS.maxLeftOutShare} %`);
  expect(1 / TRAINING_DEFAULTS.falseAlarmsPerDay).toBe(7);
  expect(textOf("threshold")).toContain("once in seven days");
  const windowOf = async (frames: number): Promise<number> =>
    (await trainModel(machineFrames(frames), { ...options, kind: "z-score" })).card.windowLength;
  const [, usual, short] = /^(\d+) frames; fewer .* less than (\d+)/.exec(
    textOf("windowLength"),
  ) as unknown as [string, string, string];
  expect(await windowOf(Number(short))).toBe(Number(usual));
  expect(await windowOf(Number(short) - 1)).toBeLessThan(Number(usual));
});

it("docs/errors.md says how many frames training takes at least", async () => {
  const [, forSixteen, byItself] = /(\d+) for windows of 16; .* takes (\d+)\./s.exec(
    read("docs/errors.md"),
  ) as unknown as [string, string, string];
  const quick = { ...options, kind: "z-score" } as const;
  for (const [frames, more] of [
    [Number(forSixteen), { windowLength: 16 }],
    [Number(byItself), {}],
  ] as const) {
    const tooFew = trainModel(machineFrames(frames - 1), { ...quick, ...more });
    await expect(tooFew).rejects.toMatchObject({ code: "TRAINING_DATA_INSUFFICIENT" });
    const enough = await trainModel(machineFrames(frames), { ...quick, ...more });
    await enough.close();
  }
});
