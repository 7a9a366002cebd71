import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { tempFolder } from "../temp-folder.ts";
import { startChild } from "./child.ts";
import { warnings } from "./warnings.ts";

const holdForeign = new URL("./hold-foreign.ts", import.meta.url);

/** The database of somebody else, closed. */
function otherDatabase(): string {
  const path = join(tempFolder(), "other.db");
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE orders (number INTEGER); INSERT INTO orders VALUES (7)");
  other.close();
  return path;
}

function foreignBeside(path: string): string {
  const name = readdirSync(dirname(path)).find((file) => /\.foreign-\d+$/.test(file));
  return join(dirname(path), name ?? "nothing was set aside");
}

const useless = Buffer.from("not a database, but precious\n".repeat(500));

describe("a path that names a file that is not an outbox", () => {
  it.each([
    ["something else", () => useless],
    ["what a power cut left of a file", () => Buffer.alloc(8192)],
    ["the database of another application", () => readFileSync(otherDatabase())],
  ])("sets %s aside, says so, and starts anew", async (_, content) => {
    const messages = warnings();
    const path = join(tempFolder(), "outbox.db");
    const bytes = content();
    writeFileSync(path, bytes);

    const outbox = openOutbox(path);
    await outbox.queue("cloud").append([sampleEvent()]);
    await outbox.close();
    expect(messages).toEqual([expect.stringContaining("was not an outbox")]);
    expect(readFileSync(foreignBeside(path)).equals(bytes)).toBe(true);

    const again = openOutbox(path);
    expect(again.queue("cloud").stats().pending).toBe(1);
    await again.close();
    expect(messages).toHaveLength(1);
  });

  it.each(["DELETE", "WAL"])(
    "refuses the database that an application has open (journal mode %s), even when it does nothing",
    async (mode) => {
      const path = otherDatabase();
      const application = startChild(holdForeign, path, mode);
      await application.printed(1);
      const content = readFileSync(path);
      expect(() => openOutbox(path)).toThrow(
        expect.objectContaining({
          code: "OUTBOX_UNAVAILABLE",
          hint: expect.any(String),
          message: expect.stringMatching(/in use/),
        }),
      );
      expect(readFileSync(path).equals(content)).toBe(true);
      await application.kill();
    },
  );

  it("refuses it when asked to, and leaves it as it is", () => {
    const path = otherDatabase();
    const content = readFileSync(path);
    expect(() => openOutbox(path, { foreignFile: "refuse" })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/expected application id.*got 0/) }),
    );
    writeFileSync(`${path}.txt`, useless);
    expect(() => openOutbox(`${path}.txt`, { foreignFile: "refuse" })).toThrow(
      expect.objectContaining({ message: expect.stringContaining("expected a SQLite file") }),
    );
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(existsSync(foreignBeside(path))).toBe(false);
  });
});
