import { setTimeout as sleep } from "node:timers/promises";
import type { GatewayError } from "../../../errors.ts";
import type { ModbusClient, ModbusLine, ModbusRead } from "../modbus-client.ts";
import type { ModbusTable } from "../tags/modbus-table.ts";
import { type Ask, unitAsker } from "./browse-ask.ts";
import { findAddresses, type TableFindings } from "./browse-find.ts";
import type { RegisterRun } from "./rank-chain.ts";

/** What to read of one unit, and how. */
export interface UnitBrowse {
  readonly unitId: number;
  readonly tables: readonly ModbusTable[];
  /** First and last address, as on the wire. */
  readonly range: readonly [first: number, last: number];
  /** How often everything is read. */
  readonly passes: number;
  /** From the beginning of one pass to that of the next. */
  readonly intervalMs: number;
  /** Longest wait for an answer. */
  readonly timeoutMs: number;
  /** Most requests to find out which addresses of one table there are. */
  readonly maxRequests: number;
  /** Told after each request. */
  readonly onRequest?: (request: ModbusRead) => void;
}

/** What one unit has told of itself. */
export interface UnitFindings {
  readonly unitId: number;
  readonly requests: number;
  readonly tables: readonly BrowsedTable[];
  /** Why nothing was read. */
  readonly failure?: GatewayError;
}

/** One table: what was read, and what there is not. */
export interface BrowsedTable extends TableFindings {
  /** Registers or bits in a row, pass by pass. A pass that failed for a run is left out of it. */
  readonly runs: readonly RegisterRun[];
}

/**
 * Reads what a unit has: first which addresses there are, then the rest of the passes over those that answered.
 *
 * One request is under way at a time, and nothing is written. A unit that does not answer its first request, asked twice, is left alone.
 *
 * @throws GatewayError `SOURCE_UNREACHABLE` when the connection breaks.
 */
export async function browseUnit(
  client: ModbusClient,
  line: ModbusLine,
  options: UnitBrowse,
): Promise<UnitFindings> {
  const { unitId, passes, intervalMs, timeoutMs } = options;
  let requests = 0;
  const onRequest = (request: ModbusRead): void => {
    requests += 1;
    options.onRequest?.(request);
  };
  const ask = unitAsker({ client, line, unitId, timeoutMs, onRequest });

  const startMs = performance.now();
  const { found, failure } = await findTables(ask, options);
  if (failure) return { unitId, requests, tables: [], failure };
  const read = found.map((table) => ({ ...table, runs: runsOf(table) }));
  for (let pass = 1; pass < passes; pass += 1) {
    await sleep(Math.max(0, startMs + pass * intervalMs - performance.now()));
    for (const { table, runs } of read) {
      for (const run of runs) await lookAgain(ask, table, run);
    }
  }
  return { unitId, requests, tables: read };
}

async function findTables(
  ask: Ask,
  { tables, range, maxRequests }: UnitBrowse,
): Promise<{ found: readonly TableFindings[]; failure?: GatewayError }> {
  const found: TableFindings[] = [];
  let hasAnswered = false;
  for (const table of tables) {
    const findings = await findAddresses(ask, { table, range, maxRequests, hasAnswered });
    if (findings.failure) return { found, failure: findings.failure };
    hasAnswered = true;
    found.push(findings);
  }
  return { found };
}

interface GrowingRun extends RegisterRun {
  readonly looks: (readonly number[])[];
  /** How it was read: the same requests go again. */
  readonly counts: readonly number[];
}

/** Parts that touch each other belong together. */
function runsOf({ parts }: TableFindings): readonly GrowingRun[] {
  const runs: { address: number; words: number[]; counts: number[] }[] = [];
  for (const { address, words } of parts) {
    const last = runs.at(-1);
    if (last && last.address + last.words.length === address) {
      last.words.push(...Array.from(words));
      last.counts.push(words.length);
    } else {
      runs.push({ address, words: Array.from(words), counts: [words.length] });
    }
  }
  return runs.map(({ address, words, counts }) => ({ address, looks: [words], counts }));
}

async function lookAgain(ask: Ask, table: ModbusTable, run: GrowingRun): Promise<void> {
  const words: number[] = [];
  for (const count of run.counts) {
    const answer = await ask(table, run.address + words.length, count);
    if (!("words" in answer)) return;
    words.push(...Array.from(answer.words));
  }
  run.looks.push(words);
}
