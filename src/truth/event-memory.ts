import { closeSync, fstatSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncidentPattern } from "../core/label.ts";
import type { ModelIdentity } from "../core/model-card.ts";
import { GatewayError } from "../errors.ts";
import type { TargetFacts } from "./label-targets.ts";

/** What a label says of an event, beside the verdict. */
export interface RememberedEvent extends TargetFacts {
  readonly id: string;
}

/** The events that are over, so that they can be spoken of after a restart. */
export interface EventMemory {
  /**
   * Stores an event; on return it is on the disk.
   *
   * @throws GatewayError `FILE_UNWRITABLE`
   */
  remember(event: RememberedEvent): void;
  /**
   * Reads the events with ids that begin like this, oldest first; damaged lines are passed over.
   *
   * @throws GatewayError `FILE_UNREADABLE`
   */
  recall(beginning: string): Promise<readonly RememberedEvent[]>;
}

/** Two files of half of it each: several thousand events. */
const MOST_BYTES = 8_388_608;

/**
 * Opens the memory beside an outbox, `*-events.jsonl` with one event a line; nothing is touched before the first event. It belongs to the process that holds
 * the outbox. When the file is half of `maxBytes` long, it takes the place of the one before, so the newest events are always there.
 */
export function openEventMemory(outboxPath: string, maxBytes: number = MOST_BYTES): EventMemory {
  const path = `${outboxPath}-events.jsonl`;
  const before = `${outboxPath}-events.old.jsonl`;
  let isTorn = true; // perhaps: the process before may have been killed in the midst of a line

  const append = (line: string): void => {
    const file = openSync(path, "a");
    try {
      writeSync(file, isTorn ? `\n${line}\n` : `${line}\n`);
      isTorn = false;
      fsyncSync(file);
      if (fstatSync(file).size >= maxBytes / 2) renameSync(path, before);
    } catch (error) {
      isTorn = true;
      throw error;
    } finally {
      closeSync(file);
    }
  };

  return {
    remember({ id, ...facts }) {
      try {
        append(JSON.stringify({ id, ...facts }));
      } catch (cause) {
        throw new GatewayError("FILE_UNWRITABLE", `cannot remember event ${id} in ${path}`, {
          cause,
          retryable: true,
          hint: "Check the disk; without captures, the event cannot be labelled after a restart.",
        });
      }
    },
    async recall(beginning) {
      const start = `{"id":${JSON.stringify(beginning).slice(0, -1)}`;
      const texts = [await readText(before), await readText(path)];
      return texts
        .flatMap((text) => text.split("\n"))
        .filter((line) => line.startsWith(start))
        .flatMap(parsed);
    },
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return "";
    throw new GatewayError("FILE_UNREADABLE", `cannot read ${path}`, {
      cause,
      retryable: true,
      hint: "Check that the gateway may read the folder of its outbox.",
    });
  }
}

function parsed(line: string): readonly RememberedEvent[] {
  try {
    const event: unknown = JSON.parse(line);
    return isEvent(event) ? [event] : [];
  } catch {
    return [];
  }
}

function isEvent(value: unknown): value is RememberedEvent {
  return (
    hasTexts(value, ["id", "machine"]) &&
    (!("model" in value) || isModel(value.model)) &&
    (!("pattern" in value) || isPattern(value.pattern))
  );
}

function isModel(value: unknown): value is ModelIdentity {
  return hasTexts(value, ["name", "version", "sha256"]);
}

function isPattern(value: unknown): value is IncidentPattern {
  return (
    typeof value === "object" &&
    value !== null &&
    "tags" in value &&
    Array.isArray(value.tags) &&
    "direction" in value &&
    Array.isArray(value.direction) &&
    "score" in value &&
    typeof value.score === "number"
  );
}

function hasTexts(value: unknown, fields: readonly string[]): value is object {
  if (typeof value !== "object" || value === null) return false;
  const texts = new Map<string, unknown>(Object.entries(value));
  return fields.every((field) => typeof texts.get(field) === "string");
}
