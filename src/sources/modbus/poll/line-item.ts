import type { Reading } from "../../../core/reading.ts";
import type { SourceUpdate } from "../../source-update.ts";
import type { ModbusLine } from "../modbus-client.ts";
import { noNumber } from "../modbus-failure.ts";
import { compileTag, type TagDecoder } from "../tags/compile-tag.ts";
import type { ResolvedModbusTag } from "../tags/modbus-tag.ts";
import { decodeText, type ResolvedModbusText } from "../tags/modbus-text.ts";
import type { ModbusRequest, PlanItem } from "./plan-requests.ts";

/** What is read from a line: tags become readings, texts become part of the status. */
export type LineItem = TagItem | TextItem;

interface TagItem extends PlanItem {
  readonly decoder: TagDecoder;
  /** Whether values can have more digits than a number holds. */
  readonly mayRound: boolean;
}

interface TextItem extends PlanItem {
  readonly text: ResolvedModbusText;
}

/** How often a text is read again: a serial number changes when the device does. */
const TEXT_POLL_MS = 3_600_000;

export function tagItem(tag: ResolvedModbusTag): LineItem {
  const { name, unitId, table, address, count, pollMs, type } = tag;
  const mayRound = type === "int64" || type === "uint64";
  return { name, unitId, table, address, count, pollMs, decoder: compileTag(tag), mayRound };
}

export function textItem(text: ResolvedModbusText): LineItem {
  const { name, unitId, table, address, count } = text;
  return { name, unitId, table, address, count, pollMs: TEXT_POLL_MS, text };
}

/** What the answer to a request says; `words` are registers or bits, as many as were asked for. */
export function readAnswer(
  line: ModbusLine,
  { items, address }: ModbusRequest<LineItem>,
  words: ArrayLike<number>,
  timeMs: number,
): readonly SourceUpdate[] {
  const readings: Reading[] = [];
  const updates: SourceUpdate[] = [{ readings }];
  for (const item of items) {
    const index = item.address - address;
    if ("text" in item) {
      updates.push({ texts: { [item.name]: decodeText(words, index, item.text) } });
      continue;
    }
    const { name, decoder, mayRound } = item;
    const value = decoder.decode(words, index);
    if (Number.isNaN(value)) {
      const error = noNumber(line, item, decoder.explainBad(words, index));
      updates.push({
        readings: badReadings([item], timeMs),
        trouble: { part: `tag ${name}`, error },
      });
    } else {
      const isRounded = mayRound && decoder.isUncertain(words, index);
      readings.push({ tag: name, timeMs, value, quality: isRounded ? "uncertain" : "good" });
    }
  }
  return updates;
}

/** One for each tag among the items. */
export function badReadings(
  items: readonly LineItem[],
  timeMs: number,
  statusCode?: number,
): readonly Reading[] {
  const code = statusCode === undefined ? {} : { statusCode };
  return items
    .filter((item) => !("text" in item))
    .map(({ name: tag }) => ({ tag, timeMs, value: Number.NaN, quality: "bad", ...code }));
}
