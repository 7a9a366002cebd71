import { statSync } from "node:fs";
import { decodeMessage, encodeMessage } from "../../src/math/message-json.ts";
import type { OpenStore, Store } from "./store.ts";

interface Table {
  get(key: number | string): unknown;
  put(key: number | string, value: unknown): Promise<boolean>;
  remove(key: number | string): Promise<boolean>;
  getRange(options: { limit: number }): Iterable<{ key: number; value: Buffer }>;
}

/** The part of lmdb that is used here. */
interface Root {
  openDB(options: { name: string; encoding: string }): Table;
  transaction<T>(work: () => T): Promise<T>;
  readonly flushed: Promise<unknown>;
  close(): Promise<void>;
}

/** The least that does it by hand: messages by number, numbers by name, and waiting until it is flushed. */
export function byLmdb(library: unknown): OpenStore {
  const { open } = library as { open(options: { path: string; mapSize: number }): Root };
  return (path): Store => {
    const root = open({ path, mapSize: 1024 * 1024 * 1024 });
    const messages = root.openDB({ name: "messages", encoding: "binary" });
    const names = root.openDB({ name: "names", encoding: "json" });
    let next = 1;
    const commit = async (work: () => void): Promise<void> => {
      await root.transaction(work);
      await root.flushed;
    };
    return {
      append: (events) =>
        commit(() => {
          for (const event of events) {
            const name = `${event.id}/${event.revision}`;
            if (names.get(name) !== undefined) continue;
            void names.put(name, next);
            void messages.put(next++, Buffer.from(encodeMessage(event)));
          }
        }),
      async drain(limit) {
        const rows = [...messages.getRange({ limit })].map(({ key, value }) => ({
          key,
          message: decodeMessage(value.toString()),
        }));
        await commit(() => {
          for (const { key, message } of rows) {
            void messages.remove(key);
            void names.remove(`${message.id}/${message.revision}`);
          }
        });
        return rows.length;
      },
      sizeBytes: () => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
      close: () => root.close(),
    };
  };
}
