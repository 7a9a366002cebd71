import type { DatabaseSync } from "node:sqlite";
import type { LossReason } from "../../core/loss-report.ts";
import type { MessageKind } from "../../core/message-kind.ts";
import { KEPT_FOR_READING, type LossLedger } from "./loss-ledger.ts";
import type { MessageStore } from "./message-store.ts";
import type { QueueStore } from "./queue-store.ts";
import { WORTH, type Worth } from "./worth.ts";

/** Gives up messages for others; each method is one step of a transaction that the caller runs. */
export interface Sacrifice {
  /** Gives up the next message in order that is worth no more than this; returns whether there was one. */
  giveUpOne(worth: Worth): boolean;
  /** Gives up what was stored before this time and may give way; some at a time. */
  expire(beforeMs: number): void;
}

/** Most messages that one step lets expire: it blocks the event loop, and the next append goes on. */
const EXPIRE_AT_A_TIME = 64;

type Row = NonNullable<ReturnType<ReturnType<DatabaseSync["prepare"]>["get"]>>;

export function sacrifice(
  database: DatabaseSync,
  messages: MessageStore,
  queues: QueueStore,
  ledger: LossLedger,
): Sacrifice {
  const densest = database.prepare(`
    SELECT message, stratum, thinned, checksum FROM message
    WHERE worth < 4 AND worth = ${WORTH.sampled} ORDER BY thinned, stratum, message`);
  const thin = database.prepare("UPDATE message SET thinned = thinned + 1 WHERE message = ?");
  const oldest = database.prepare(
    "SELECT message FROM message WHERE worth < 4 AND worth = ? ORDER BY message LIMIT 1",
  );
  const expired = database.prepare(
    "SELECT message FROM message WHERE worth < 4 AND appended_ms < ? ORDER BY appended_ms LIMIT ?",
  );
  // Read by SQLite, because a full outbox does it for every message that comes.
  const read = database.prepare(`
    SELECT kind, iif(json_valid(CAST(body AS TEXT)), json_extract(CAST(body AS TEXT), '$.gateway'), '') AS gateway
    FROM message WHERE message = ?`);

  const giveUp = (number: number, reason: LossReason): void => {
    const row = read.get(number) ?? {};
    const gateway = String(row["gateway"] ?? "");
    const kind = row["kind"] as MessageKind;
    const losers = [...queues.takeOut(number)];
    if (messages.unkeep(number)) losers.push(KEPT_FOR_READING);
    for (const queue of losers) ledger.count({ queue, kind, reason, gateway }, Date.now());
    messages.release([number]);
  };

  /** Finds two neighbours in time where windows lie densest. */
  const densestPair = (): readonly [Row, Row] | undefined => {
    let before: Row | undefined;
    for (const row of densest.iterate()) {
      const isNeighbour =
        before?.["stratum"] === row["stratum"] && before?.["thinned"] === row["thinned"];
      if (before !== undefined && isNeighbour) return [before, row];
      before = row;
    }
    return undefined;
  };

  const thinOne = (): boolean => {
    const pair = densestPair();
    if (pair === undefined) return false;
    // Each of the two has the same chance, and a replay makes the same choice.
    const [gone, stays] = Number(pair[0]["checksum"]) % 2 === 0 ? pair : [pair[1], pair[0]];
    giveUp(Number(gone["message"]), "full");
    thin.run(Number(stays["message"]));
    return true;
  };

  const giveUpOldest = (worth: Worth): boolean => {
    const found = oldest.get(worth)?.["message"];
    if (found === undefined) return false;
    giveUp(Number(found), "full");
    return true;
  };

  return {
    giveUpOne(worth) {
      if (thinOne()) return true;
      return [WORTH.sampled, WORTH.summary, WORTH.evidence].some(
        (lower) => lower <= worth && giveUpOldest(lower),
      );
    },
    expire(beforeMs) {
      for (const row of expired.all(beforeMs, EXPIRE_AT_A_TIME)) {
        giveUp(Number(row["message"]), "expired");
      }
      queues.forgetDeadLettersBefore(beforeMs);
    },
  };
}
