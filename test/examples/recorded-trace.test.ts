import { expect, it } from "vitest";
import { tempFolder } from "../temp-folder.ts";
import { startExample } from "./start-example.ts";

it("the recorded trace gives one event, which names the bearing and closes again", async () => {
  const example = startExample("recorded-trace", { folder: tempFolder() });
  expect(await example.ended()).toEqual({ code: 0, stderr: "" });
  const [opened, ...others] = example.lines;
  // The bearing wears from 08:02 on.
  expect(opened).toMatch(
    /^2026-01-13T08:02:0\d\.000Z opened: .*bearingVibration, \d\.\d+ instead of 2\.\d+$/,
  );
  expect(others.filter((line) => line.includes("opened"))).toEqual([]);
  expect(others.at(-2)).toContain("closed");
  expect(others.at(-1)).toBe("passed");
});
