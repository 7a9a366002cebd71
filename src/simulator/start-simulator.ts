import { GatewayError } from "../errors.ts";
import { requirePositive } from "../math/range-checks.ts";
import { createSkid } from "./create-skid.ts";
import type { ActiveFault, FaultKind, FaultOptions } from "./fault.ts";
import { createFaultSchedule, type ScheduledFault } from "./fault-schedule.ts";
import {
  MODBUS_EXTRA_TAGS,
  MODBUS_TAGS,
  type ModbusMapEntry,
  takeModbusImage,
} from "./modbus-map.ts";
import { serveModbus } from "./modbus-server.ts";
import { OPCUA_TAGS, type OpcuaMapEntry, serveOpcua } from "./opcua-server.ts";
import type { SkidTag } from "./skid-tags.ts";

export interface SimulatorOptions {
  /**
   * TCP port of the Modbus server; 0 means any free one.
   * @defaultValue 0
   */
  readonly modbusPort?: number;
  /**
   * TCP port of the OPC UA server; 0 means any free one.
   * @defaultValue 0
   */
  readonly opcuaPort?: number;
  /**
   * Address that both servers listen on.
   * @defaultValue "127.0.0.1"
   */
  readonly host?: string;
  /**
   * Decides noise and load cycles.
   * @defaultValue 1
   */
  readonly seed?: number;
  /**
   * Skid time per wall time, at most 1000: at 10, a load cycle of a minute takes six seconds.
   * @defaultValue 1
   */
  readonly timeScale?: number;
  /**
   * Faults that come and go by themselves.
   * @defaultValue []
   */
  readonly schedule?: readonly ScheduledFault[];
}

/** A running pump skid that anybody can read over Modbus TCP and OPC UA. */
export interface Simulator {
  /** For example `modbus-tcp://127.0.0.1:5020`. Any unit id is answered. */
  readonly modbusUrl: string;
  readonly modbusPort: number;
  /** For example `opc.tcp://127.0.0.1:4840`. Security mode None, anonymous. */
  readonly opcuaUrl: string;
  readonly opcuaPort: number;
  readonly tags: readonly SkidTag[];
  /** Every tag as float32 in holding registers; `NaN` while its sensor has dropped out. */
  readonly modbusTags: readonly ModbusMapEntry[];
  /**
   * What else the Modbus server has, under names of its own: some tags as scaled int16 (-32768 while
   * the sensor has dropped out), the counter `revolutions`, and the bits `running` and `alarm`.
   */
  readonly modbusExtraTags: readonly ModbusMapEntry[];
  /**
   * Every tag as an analog item; `BadSensorFailure` while its sensor has dropped out. The active
   * faults are an array of strings beside them, `ns=1;s=PumpSkid.activeFaults`.
   */
  readonly opcuaTags: readonly OpcuaMapEntry[];
  readonly activeFaults: readonly ActiveFault[];
  /** See {@link Skid.inject}. */
  inject(kind: FaultKind, severity?: number, options?: FaultOptions): void;
  /** See {@link Skid.clear}. */
  clear(kind: FaultKind): void;
  /** Closes both servers and every connection; a second call waits for the first. */
  stop(): Promise<void>;
}

const TICK_MS = 20;
const HIGHEST_PORT = 65_535;
const MAX_TIME_SCALE = 1000;

function requirePort(option: string, port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= HIGHEST_PORT) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `simulator: ${option} must be a whole number from 0 to ${HIGHEST_PORT}, got ${port}`,
  );
}

/** Beyond the limit the processor would fall behind for good: the model runs some thousand times faster than time. */
function requireTimeScale(timeScale: number): void {
  requirePositive("simulator", { timeScale });
  if (timeScale <= MAX_TIME_SCALE) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `simulator: timeScale must be at most ${MAX_TIME_SCALE}, got ${timeScale}`,
  );
}

/**
 * Starts a pump skid and serves it over Modbus TCP and OPC UA at once; needs the packages
 * modbus-serial and node-opcua. Values change every 20 ms of wall time, whatever the time scale.
 *
 * Keeps nothing on disk: the keys of the OPC UA server live in a temporary folder until `stop`.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option or a port that is taken,
 * `DEPENDENCY_MISSING` when one of the two packages is not installed.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { modbusPort = 0, opcuaPort = 0, host = "127.0.0.1" } = options;
  const { timeScale = 1, schedule = [] } = options;
  requirePort("modbusPort", modbusPort);
  requirePort("opcuaPort", opcuaPort);
  requireTimeScale(timeScale);
  const skid = createSkid(options);
  const runSchedule = createFaultSchedule(schedule, skid);

  let image = takeModbusImage(skid);
  const modbus = await serveModbus(host, modbusPort, () => image);
  const opcua = await serveOpcua(host, opcuaPort, skid).catch(async (cause: unknown) => {
    await modbus.close();
    throw cause;
  });

  const startedMs = performance.now();
  let lastMs = startedMs;
  const publish = (): void => {
    image = takeModbusImage(skid);
    opcua.publish(Date.now());
  };
  // By measured time: a late or a missed tick loses nothing.
  const timer = setInterval(() => {
    const nowMs = performance.now();
    runSchedule(nowMs - startedMs);
    skid.advance((nowMs - lastMs) * timeScale);
    lastMs = nowMs;
    publish();
  }, TICK_MS);

  let stopped: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all([modbus.close(), opcua.close()]);
  };

  return {
    modbusUrl: `modbus-tcp://${host}:${modbus.port}`,
    modbusPort: modbus.port,
    opcuaUrl: `opc.tcp://${host}:${opcua.port}`,
    opcuaPort: opcua.port,
    tags: skid.tags,
    modbusTags: MODBUS_TAGS,
    modbusExtraTags: MODBUS_EXTRA_TAGS,
    opcuaTags: OPCUA_TAGS,
    get activeFaults() {
      return skid.activeFaults;
    },
    inject: (kind, severity, faultOptions) => skid.inject(kind, severity, faultOptions),
    clear: (kind) => skid.clear(kind),
    stop() {
      stopped ??= close();
      return stopped;
    },
  };
}
