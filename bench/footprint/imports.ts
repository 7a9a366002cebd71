const ROOT = "wheeltapper";
const MODBUS = `${ROOT} with Modbus`;
const OPCUA = `${ROOT} with OPC UA`;
export const BOTH: string = `${ROOT} with both`;

/** What a gateway imports, and the protocol libraries that its sources load when they connect. */
export const IMPORTS: Readonly<
  Record<string, { readonly modules: readonly string[]; readonly peers: readonly string[] }>
> = {
  [ROOT]: { modules: ["wheeltapper"], peers: [] },
  [MODBUS]: { modules: ["wheeltapper", "wheeltapper/modbus"], peers: ["modbus-serial"] },
  [OPCUA]: { modules: ["wheeltapper", "wheeltapper/opcua"], peers: ["node-opcua-client"] },
  [BOTH]: {
    modules: ["wheeltapper", "wheeltapper/modbus", "wheeltapper/opcua"],
    peers: ["modbus-serial", "node-opcua-client"],
  },
};
