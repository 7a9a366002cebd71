export type { ReconnectOptions } from "../reconnect-options.ts";
export type { Source, SourceState, SourceStatus } from "../source.ts";
export type { OpcuaClient, OpcuaListener, OpcuaTarget, OpcuaValue } from "./opcua-client.ts";
export type {
  OpcuaSecurity,
  OpcuaSecurityMode,
  OpcuaSecurityOptions,
  OpcuaSecurityPolicy,
  OpcuaUser,
} from "./opcua-security.ts";
export { type OpcuaSourceOptions, opcuaSource } from "./opcua-source.ts";
export type { OpcuaTag } from "./opcua-tag.ts";
