import {
  catchError,
  concat,
  concatMap,
  defer,
  exhaustMap,
  from,
  map,
  type Observable,
  of,
  timeout,
  timer,
  using,
} from "rxjs";
import type { Reading } from "../../core/reading.ts";
import { decodeRegisters } from "../../math/registers.ts";
import type { SourceUpdate } from "../reconnecting-source.ts";
import type { ModbusClient, ModbusTarget } from "./modbus-client.ts";
import {
  connectFailure,
  exceptionCode,
  isRefusal,
  isSilence,
  notANumber,
  requestFailure,
} from "./modbus-failure.ts";
import type { ModbusTag } from "./modbus-tag.ts";
import { type ModbusRequest, planRequests, splitRequest } from "./plan-requests.ts";

/** So many requests in a row without an answer mean that the connection is dead, whatever the socket says. */
const MAX_SILENCES = 3;

export interface PollDeviceOptions {
  readonly target: ModbusTarget;
  readonly tags: readonly ModbusTag[];
  readonly pollMs: number;
  readonly retryRefusedMs: number;
  readonly client: (target: ModbusTarget) => ModbusClient | Promise<ModbusClient>;
}

/**
 * One connection: asks for all tags every `pollMs`, one request at a time. A poll that takes longer skips the next ones.
 *
 * What it learns about refused requests holds for this connection only, since a device may come back changed.
 */
export function pollDevice(
  options: PollDeviceOptions,
  clock: () => number,
): Observable<SourceUpdate> {
  // Loading the library is not the device's time.
  return defer(async () => options.client(options.target)).pipe(
    concatMap((client) =>
      using(
        () => ({ unsubscribe: () => client.close() }),
        () => poll(options, client, clock),
      ),
    ),
  );
}

function poll(
  options: PollDeviceOptions,
  client: ModbusClient,
  clock: () => number,
): Observable<SourceUpdate> {
  const { target, pollMs } = options;
  const readAll = reader(options, client, clock);
  return defer(() => client.connect()).pipe(
    timeout(target.timeoutMs),
    catchError((cause: unknown) => {
      throw connectFailure(target, cause);
    }),
    concatMap(() => timer(0, pollMs)),
    exhaustMap(() => readAll()),
  );
}

function reader(options: PollDeviceOptions, client: ModbusClient, clock: () => number) {
  const { target, tags, retryRefusedMs } = options;
  const plan = [...planRequests(tags)];
  const restingUntilMs = new Map<ModbusRequest, number>();
  let silences = 0; // in a row

  const read = (request: ModbusRequest): Observable<SourceUpdate> =>
    defer(() => ask(client, request)).pipe(
      timeout(target.timeoutMs),
      map((raw): SourceUpdate => {
        silences = 0;
        restingUntilMs.delete(request);
        return toUpdate(target, request, raw, clock());
      }),
      catchError((cause: unknown) => recover(request, cause)),
    );

  const recover = (request: ModbusRequest, cause: unknown): Observable<SourceUpdate> => {
    const code = exceptionCode(cause);
    return code === undefined ? unanswered(request, cause) : refused(request, cause, code);
  };

  const unanswered = (request: ModbusRequest, cause: unknown): Observable<SourceUpdate> => {
    silences += 1;
    const trouble = requestFailure(target, request, cause);
    if (!isSilence(cause) || silences === MAX_SILENCES) throw trouble;
    return of({ readings: badReadings(request, clock()), trouble });
  };

  const refused = (
    request: ModbusRequest,
    cause: unknown,
    code: number,
  ): Observable<SourceUpdate> => {
    silences = 0;
    if (maySplit(request, code)) {
      const halves = splitRequest(request);
      plan.splice(plan.indexOf(request), 1, ...halves);
      return concat(...halves.map(read));
    }
    if (isRefusal(code)) restingUntilMs.set(request, performance.now() + retryRefusedMs);
    const trouble = requestFailure(target, request, cause);
    return of({ readings: badReadings(request, clock(), code), trouble });
  };

  const isDue = (request: ModbusRequest): boolean =>
    performance.now() >= (restingUntilMs.get(request) ?? 0);
  return () => from(plan.filter(isDue)).pipe(concatMap((request) => read(request)));
}

/** One address that does not exist makes the device refuse the whole request, and so does one register too many. */
function maySplit(request: ModbusRequest, code: number): boolean {
  return (code === 2 || code === 3) && request.tags.length > 1;
}

async function ask(
  client: ModbusClient,
  request: ModbusRequest,
): Promise<ArrayLike<number | boolean>> {
  const { table, address, count } = request;
  return table === "holding" || table === "input"
    ? client.readRegisters(table, address, count)
    : client.readBits(table, address, count);
}

function toUpdate(
  target: ModbusTarget,
  request: ModbusRequest,
  raw: ArrayLike<number | boolean>,
  timeMs: number,
): SourceUpdate {
  const readings = request.tags.map((tag): Reading => {
    const value = tagValue(tag, raw, tag.address - request.address);
    return Number.isFinite(value)
      ? { tag: tag.name, timeMs, value, quality: "good" }
      : badReading(tag.name, timeMs);
  });
  const broken = readings.find(({ quality }) => quality === "bad");
  return { readings, ...(broken && { trouble: notANumber(target, broken.tag) }) };
}

function tagValue(tag: ModbusTag, raw: ArrayLike<number | boolean>, index: number): number {
  const { type, byteOrder = "ABCD", scale = 1, offset = 0 } = tag;
  const value =
    type === "bool"
      ? Number(raw[index])
      : decodeRegisters(raw as ArrayLike<number>, index, type, byteOrder);
  return value * scale + offset;
}

function badReadings(request: ModbusRequest, timeMs: number, code?: number): readonly Reading[] {
  return request.tags.map(({ name }) => badReading(name, timeMs, code));
}

function badReading(tag: string, timeMs: number, code?: number): Reading {
  return {
    tag,
    timeMs,
    value: Number.NaN,
    quality: "bad",
    ...(code !== undefined && { statusCode: code }),
  };
}
