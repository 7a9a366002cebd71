import type { Simulator } from "../../simulator/start-simulator.ts";
import { modbusSource } from "../../sources/modbus/modbus-source.ts";
import { opcuaSource } from "../../sources/opcua/opcua-source.ts";
import type { Source } from "../../sources/source.ts";

/** What the skid's condition monitoring serves over OPC UA; the PLC serves the rest over Modbus. */
const MONITORED = new Set([
  "bearingTemperature",
  "bearingVibration",
  "sealPressure",
  "tankLevel",
  "ambientTemperature",
]);

/** Reads the skid as a plant would: the PLC over Modbus TCP, the condition monitoring over OPC UA. */
export function skidSources(skid: Simulator, periodMs: number): readonly Source[] {
  return [
    modbusSource({
      name: "plc",
      host: "127.0.0.1",
      port: skid.modbusPort,
      tags: skid.modbusTags.filter(({ name }) => !MONITORED.has(name)),
      pollMs: periodMs,
    }),
    opcuaSource({
      name: "condition monitoring",
      endpointUrl: skid.opcuaUrl,
      tags: skid.opcuaTags.filter(({ name }) => MONITORED.has(name)),
      samplingMs: periodMs,
    }),
  ];
}
