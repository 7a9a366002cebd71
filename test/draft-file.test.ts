import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDraft } from "../src/draft-file.ts";
import { tempFolder } from "./temp-folder.ts";

describe("openDraft", () => {
  it("keeps two drafts of one file apart; the one that is finished last stays", async () => {
    const folder = tempFolder();
    const path = join(folder, "scores.csv");
    const [first, second] = [await openDraft(path), await openDraft(path)];
    await first.write("all of the first");
    await second.write("second");
    await first.finish();
    expect(readFileSync(path, "utf8")).toBe("all of the first");
    await second.finish();
    expect(readFileSync(path, "utf8")).toBe("second");
    expect(readdirSync(folder)).toEqual(["scores.csv"]);
  });
});
