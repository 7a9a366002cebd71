import { appendFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEventMemory, type RememberedEvent } from "../../src/truth/event-memory.ts";
import { tempFolder } from "../temp-folder.ts";

const eventOf = (id: string): RememberedEvent => ({
  id,
  machine: "pump-1",
  model: { name: "pump", version: "1", sha256: "ab".repeat(32) },
  pattern: {
    ...{ tags: ["flow", "pressure"], direction: [-0.9, 0.43], score: 9, threshold: 4 },
    parts: [{ direction: [-0.9, 0.43], score: 9 }],
  },
});

describe("the memory of events", () => {
  it("gives back what it was given, by the beginning of the id, also to the next process", async () => {
    const path = join(tempFolder(), "outbox.db");
    const memory = openEventMemory(path);
    expect(await memory.recall("")).toEqual([]);
    const events = ["0b54-one", "0b54-two", "77e1-three"].map(eventOf);
    for (const event of events) memory.remember(event);
    const { pattern: _, ...shapeless } = eventOf("0b54-four");
    memory.remember(shapeless);
    for (const reader of [memory, openEventMemory(path)]) {
      expect(await reader.recall("")).toEqual([...events, shapeless]);
      expect(await reader.recall("0b54")).toEqual([events[0], events[1], shapeless]);
      expect(await reader.recall("0b54-two")).toEqual([events[1]]);
      expect(await reader.recall('"')).toEqual([]);
    }
  });

  it("passes over what a kill or a bad disk has left, and goes on behind it", async () => {
    const path = join(tempFolder(), "outbox.db");
    openEventMemory(path).remember(eventOf("one"));
    const line = JSON.stringify(eventOf("torn"));
    const damaged = [
      JSON.stringify({ id: "no machine" }),
      JSON.stringify({ ...eventOf("bad"), model: 1 }),
      JSON.stringify({ ...eventOf("worse"), pattern: { tags: [] } }),
      "null",
      line.slice(0, -10),
    ];
    appendFileSync(`${path}-events.jsonl`, damaged.join("\n"));
    const memory = openEventMemory(path);
    memory.remember(eventOf("two"));
    expect((await memory.recall("")).map(({ id }) => id)).toEqual(["one", "two"]);
  });

  it("stays below its bound, and knows the newest", async () => {
    const folder = tempFolder();
    const memory = openEventMemory(join(folder, "outbox.db"), 20_000);
    for (let nth = 0; nth < 300; nth += 1) memory.remember(eventOf(`event-${nth}`));
    const files = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThan(20_000 + 1000);
    const ids = (await memory.recall("")).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(25);
    expect(ids).toEqual(ids.map((_, place) => `event-${300 - ids.length + place}`));
  });

  it("says that it could not remember", async () => {
    const path = join(tempFolder(), "outbox.db");
    mkdirSync(`${path}-events.jsonl`);
    const memory = openEventMemory(path);
    expect(() => memory.remember(eventOf("one"))).toThrow("cannot remember event one");
    await expect(memory.recall("")).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });
});
