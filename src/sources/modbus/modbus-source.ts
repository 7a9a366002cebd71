import { requirePositive } from "../../math/range-checks.ts";
import { reconnectingSource } from "../reconnecting-source.ts";
import type { Source } from "../source.ts";
import { lineName } from "./modbus-failure.ts";
import {
  lineOf,
  type ModbusSourceOptions,
  requireModbusOptions,
  unitSettings,
} from "./modbus-options.ts";
import { planLine } from "./modbus-plan.ts";
import { lineSchedule } from "./poll/line-schedule.ts";
import { pollLine } from "./poll/poll-line.ts";
import { modbusSerialClient } from "./wire/modbus-serial-client.ts";

/**
 * Polls the units of one Modbus line: TCP, UDP, a serial port, or a serial line behind a converter.
 *
 * One request is under way at a time, whatever the number of units and tags. Tags that lie near each other share a request;
 * {@link modbusPlan} shows which. A reading is stamped when its answer came. A tag that the device refuses is bad with the exception as
 * `statusCode` and disturbs no other; a value that is no number, or one of `badValues`, is bad; a request without an answer makes its tags bad. A unit
 * that fails three times in a row is left alone for a growing time, and probed while the line is idle; the others keep their pace.
 *
 * Delivery: nothing is repeated and nothing is reordered; Modbus keeps nothing, so what happened between two polls or while
 * the device was away is lost. An answer that comes too late is dropped, never taken for another.
 *
 * @throws GatewayError `CONFIG_INVALID` for an option out of range or unknown.
 */
export function modbusSource(options: ModbusSourceOptions): Source {
  requireModbusOptions(options);
  const line = lineOf(options);
  const { client = modbusSerialClient, name = lineName(line), random = Math.random } = options;
  const { retryRefusedMs = 60_000, quarantineFirstMs = 5000, quarantineMaxMs = 300_000 } = options;
  requirePositive(name, { retryRefusedMs, quarantineFirstMs, quarantineMaxMs });
  const settings = unitSettings(name, options);
  const { tags, requests } = planLine(name, options, line, settings);
  const target = { line, timeoutMs: settings.general.timeoutMs };
  const timeoutMs = (unitId: number): number => settings.of(unitId).timeoutMs;
  const pauseMs = (unitId: number): number => settings.of(unitId).pauseMs;
  const roundMs = requests.reduce(
    (sum, { unitId }) => sum + timeoutMs(unitId) + pauseMs(unitId),
    0,
  );
  return reconnectingSource({
    ...options,
    name,
    tags: tags.map((tag) => ({ ...tag, periodMs: tag.pollMs })),
    expectMs: (tag) => 3 * (tag.periodMs ?? 0) + roundMs,
    connector: (clock) => {
      const schedule = lineSchedule(requests, {
        timeoutMs,
        quarantineFirstMs,
        quarantineMaxMs,
        random,
      });
      return () => pollLine({ target, retryRefusedMs, pauseMs, client }, schedule, clock);
    },
  });
}
