export type { ReconnectOptions } from "../reconnect-options.ts";
export type {
  Source,
  SourceCounters,
  SourceState,
  SourceStatus,
  SourceTrouble,
} from "../source.ts";
export type {
  HistoryPage,
  MonitoredNode,
  OpcuaAgreement,
  OpcuaClient,
  OpcuaDeadband,
  OpcuaListener,
  OpcuaNode,
  OpcuaTarget,
  OpcuaValue,
  OpcuaValues,
} from "./opcua-client.ts";
export type { OpcuaSourceOptions } from "./opcua-options.ts";
export { opcuaSource } from "./opcua-source.ts";
export type { OpcuaArray, OpcuaTag } from "./opcua-tag.ts";
export type {
  OpcuaSecurity,
  OpcuaSecurityMode,
  OpcuaSecurityOptions,
  OpcuaSecurityPolicy,
  OpcuaUser,
} from "./security/opcua-security.ts";
export type { OpcuaTimestamps } from "./watch/to-reading.ts";
