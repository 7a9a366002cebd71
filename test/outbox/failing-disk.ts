import { DatabaseSync } from "node:sqlite";
import { onTestFinished, vi } from "vitest";

/** A disk that fails in the middle of every commit that changes something, until it is mended. */
export function failingDisk(): { mend(): void } {
  const exec = DatabaseSync.prototype.exec;
  let fails = true;
  const spy = vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (
    this: DatabaseSync,
    sql: string,
  ) {
    if (fails && sql === "COMMIT" && changes(this) > before) {
      throw Object.assign(new Error("disk I/O error"), { errcode: 1034 });
    }
    exec.call(this, sql);
    if (sql.startsWith("BEGIN")) before = changes(this);
  });
  let before = 0;
  onTestFinished(() => spy.mockRestore());
  return {
    mend() {
      fails = false;
    },
  };
}

function changes(database: DatabaseSync): number {
  return Number(database.prepare("SELECT total_changes() AS changes").get()?.["changes"]);
}
