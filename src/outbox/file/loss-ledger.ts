import type { DatabaseSync } from "node:sqlite";
import type { LossCount, LossReason, LossReport } from "../../core/loss-report.ts";
import type { MessageKind } from "../../core/message-kind.ts";

/** Stands for what was kept for reading, where a queue is asked for. */
export const KEPT_FOR_READING = 0;

/** One message that was given up. */
export interface Loss {
  readonly queue: number;
  readonly kind: MessageKind;
  readonly reason: LossReason;
  readonly gateway: string;
}

/** What was given up; each method is one step of the transaction in which it was. */
export interface LossLedger {
  count(loss: Loss, nowMs: number): void;
  /** What was lost of a queue, or of what was kept. */
  losses(queue: number): readonly LossCount[];
  /** Takes what was not reported yet as a report, or returns `undefined` when all was. */
  takeReport(queue: number): LossReport | undefined;
}

export function lossLedger(database: DatabaseSync): LossLedger {
  const add = database.prepare(`
    INSERT INTO dropped (queue, kind, reason, gateway, count, unreported, first_ms, last_ms) VALUES (?, ?, ?, ?, 1, 1, ?, ?)
    ON CONFLICT (queue, kind, reason) DO UPDATE SET count = count + 1, unreported = unreported + 1,
      gateway = excluded.gateway, first_ms = iif(unreported = 0, excluded.first_ms, first_ms), last_ms = excluded.last_ms`);
  const counts = database.prepare(
    "SELECT kind, reason, count FROM dropped WHERE queue = ? ORDER BY kind, reason",
  );
  const unreported = database.prepare(`
    SELECT kind, reason, gateway, unreported AS count, first_ms, last_ms
    FROM dropped WHERE queue = ? AND unreported > 0 ORDER BY kind, reason`);
  const reported = database.prepare("UPDATE dropped SET unreported = 0 WHERE queue = ?");
  const nextReport = database.prepare(
    "UPDATE queue SET reports = reports + 1 WHERE queue = ? RETURNING name, reports",
  );

  return {
    count({ queue, kind, reason, gateway }, nowMs) {
      add.run(queue, kind, reason, gateway, nowMs, nowMs);
    },
    losses: (queue) => counts.all(queue).map((row) => lossCount(row)),
    takeReport(queue) {
      const rows = unreported.all(queue);
      if (rows.length === 0) return undefined;
      const { name, reports } = nextReport.get(queue) ?? {};
      reported.run(queue);
      const gateway = String(rows[0]?.["gateway"]);
      const startMs = Math.min(...rows.map((row) => Number(row["first_ms"])));
      return {
        kind: "losses",
        // The time as well, because a new file counts its reports from 1 again.
        id: `${gateway}/${name}/losses/${startMs}/${reports}`,
        revision: 0,
        gateway,
        queue: String(name),
        startMs,
        endMs: Math.max(...rows.map((row) => Number(row["last_ms"]))),
        counts: rows.map((row) => lossCount(row)),
      };
    },
  };
}

type Row = ReturnType<ReturnType<DatabaseSync["prepare"]>["all"]>[number];

function lossCount({ kind, reason, count }: Row): LossCount {
  return { kind: kind as MessageKind, reason: reason as LossReason, count: Number(count) };
}
