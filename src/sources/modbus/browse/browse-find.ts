import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayError } from "../../../errors.ts";
import { isUnreachable } from "../modbus-failure.ts";
import { holdsBits, type ModbusTable } from "../tags/modbus-table.ts";
import type { Answer, Ask } from "./browse-ask.ts";

/** First and last address. */
export type AddressRange = readonly [first: number, last: number];

/** Which addresses of a table there are. */
export interface TableFindings {
  readonly table: ModbusTable;
  /** What was read, in the order of addresses. */
  readonly parts: readonly { readonly address: number; readonly words: ArrayLike<number> }[];
  /** Refused by the device, one by one. */
  readonly missing: readonly AddressRange[];
  /** Asked for without an answer, although the unit answers otherwise. */
  readonly silent: readonly AddressRange[];
  /** Not asked for, because there were too many requests already. */
  readonly skipped: readonly AddressRange[];
  /** Why the device does not serve the table at all. */
  readonly refused?: GatewayError;
  /** Why there is no use in going on with this unit. */
  readonly failure?: GatewayError;
}

interface FindOptions {
  readonly table: ModbusTable;
  readonly range: AddressRange;
  readonly maxRequests: number;
  /** Whether the unit is known to be there. */
  readonly hasAnswered: boolean;
}

/** Both are multiples of four, so that few values lie in two requests. */
const MOST_REGISTERS = 124;
const MOST_BITS = 2000;
const ILLEGAL_FUNCTION = 1;
/** "Acknowledge, data comes later" and "busy". */
const LATER: readonly number[] = [5, 6];
const BUSY_RETRIES = 5;
const BUSY_WAIT_MS = 200;
/** So many parts of a table without an answer, and the rest of it is left alone. */
const MAX_SILENT = 3;

/**
 * Finds out which addresses there are with few requests: a part that is refused as a whole is asked for again in halves, down to single
 * addresses. A device that has all of `range` costs one request per 124 registers; each hole costs about twice as many as it has addresses.
 */
export async function findAddresses(ask: Ask, options: FindOptions): Promise<TableFindings> {
  const { table, maxRequests } = options;
  const open = chunksOf(options).reverse(); // the last one is the next one
  const found: Found = { table, open, parts: [], missing: [], silent: [] };
  let isThere = options.hasAnswered;
  for (
    let requests = 0;
    requests < maxRequests && found.silent.length < MAX_SILENT;
    requests += 1
  ) {
    const part = open.pop();
    if (part === undefined) break;
    const answer = await askTwice(ask, table, part);
    const end = endOf(found, answer, isThere);
    if (end) return end;
    isThere = true;
    note(found, part, answer);
  }
  return settled(found);
}

/** What is known when there is no use in asking on. */
function endOf(found: Found, answer: Answer, isThere: boolean): TableFindings | undefined {
  if ("words" in answer) return undefined;
  if ("silence" in answer) {
    return isThere ? undefined : { ...settled(found), failure: answer.silence };
  }
  const { refusal, error } = answer;
  if (isUnreachable(refusal)) return { ...settled(found), failure: error };
  const isUnserved = refusal === ILLEGAL_FUNCTION && found.parts.length === 0;
  return isUnserved ? { ...settled({ ...found, open: [] }), refused: error } : undefined;
}

interface Found {
  readonly table: ModbusTable;
  readonly open: AddressRange[];
  readonly parts: { readonly address: number; readonly words: ArrayLike<number> }[];
  readonly missing: AddressRange[];
  readonly silent: AddressRange[];
}

function note({ open, parts, missing, silent }: Found, part: AddressRange, answer: Answer): void {
  const [first, last] = part;
  if ("words" in answer) parts.push({ address: first, words: answer.words });
  else if ("silence" in answer) silent.push(part);
  else if (first === last) missing.push(part);
  else {
    const middle = first + half(last - first + 1);
    open.push([middle, last], [first, middle - 1]);
  }
}

function settled({ table, open, parts, missing, silent }: Found): TableFindings {
  const skipped = joined(open.toReversed());
  return { table, parts, missing: joined(missing), silent: joined(silent), skipped };
}

/** A device may be busy for a while, and an answer may get lost. */
async function askTwice(
  ask: Ask,
  table: ModbusTable,
  [first, last]: AddressRange,
): Promise<Answer> {
  const again = (): Promise<Answer> => ask(table, first, last - first + 1);
  let answer = await again();
  if ("silence" in answer) answer = await again();
  for (let retry = 0; retry < BUSY_RETRIES; retry += 1) {
    if (!("refusal" in answer && LATER.includes(answer.refusal))) break;
    await sleep(BUSY_WAIT_MS);
    answer = await again();
  }
  return answer;
}

function chunksOf({ table, range: [first, last] }: FindOptions): AddressRange[] {
  const most = holdsBits(table) ? MOST_BITS : MOST_REGISTERS;
  const count = Math.ceil((last - first + 1) / most);
  return Array.from({ length: count }, (_, at) => {
    const start = first + at * most;
    return [start, Math.min(last, start + most - 1)];
  });
}

/** Of more than four addresses a multiple of four. */
function half(count: number): number {
  return count > 4 ? 4 * Math.ceil(count / 8) : Math.ceil(count / 2);
}

function joined(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const all: [number, number][] = [];
  for (const [first, last] of ranges) {
    const before = all.at(-1);
    if (before && before[1] + 1 === first) before[1] = last;
    else all.push([first, last]);
  }
  return all;
}
