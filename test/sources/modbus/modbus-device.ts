import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import modbus from "modbus-serial";

/** A real Modbus TCP device on loopback; 123.456 at holding 0, bits at coil 0. */
export interface ModbusDevice {
  readonly port: number;
  /** Register words by address; an address without one is refused with exception 2. */
  readonly holding: Map<number, number>;
  readonly input: Map<number, number>;
  readonly coils: Map<number, boolean>;
  readonly discrete: Map<number, boolean>;
  /** Every request so far, e.g. `holding 0+2`. */
  readonly requests: string[];
  /** When set, everything is refused with this exception. */
  exception: number | undefined;
  connections(): number;
  stop(): Promise<void>;
  /** On the same port as before. */
  start(): Promise<void>;
}

export async function modbusDevice(): Promise<ModbusDevice> {
  const requests: string[] = [];
  let server: InstanceType<typeof modbus.ServerTCP> | undefined;
  let port = 0;

  const serve = <T>(table: Map<number, T>, address: number): T => {
    const code = device.exception ?? (table.has(address) ? undefined : 2);
    if (code !== undefined) throw Object.assign(new Error("refused"), { modbusErrorCode: code });
    return table.get(address) as T;
  };
  const serveMany = (table: "holding" | "input", address: number, length: number): number[] => {
    requests.push(`${table} ${address}+${length}`);
    return Array.from({ length }, (_, index) => serve(device[table], address + index));
  };

  const device: ModbusDevice = {
    get port() {
      return port;
    },
    holding: new Map([
      [0, 0x42f6],
      [1, 0xe979],
    ]),
    input: new Map(),
    coils: new Map(),
    discrete: new Map(),
    requests,
    exception: undefined,
    connections: () => server?.socks.size ?? 0,
    async start() {
      server = new modbus.ServerTCP(
        {
          getMultipleHoldingRegisters: (address: number, length: number) =>
            serveMany("holding", address, length),
          getMultipleInputRegisters: (address: number, length: number) =>
            serveMany("input", address, length),
          getHoldingRegister: (address: number) => serveMany("holding", address, 1)[0] as number,
          getInputRegister: (address: number) => serveMany("input", address, 1)[0] as number,
          getCoil: (address: number) => serve(device.coils, address),
          getDiscreteInput: (address: number) => serve(device.discrete, address),
        },
        { host: "127.0.0.1", port: port || freePort, unitID: 255 },
      );
      await once(server, "initialized");
      port = ((server as unknown as { _server: Server })._server.address() as AddressInfo).port;
    },
    async stop() {
      const stopping = server;
      server = undefined;
      await new Promise<void>((resolve) =>
        stopping ? stopping.close(() => resolve()) : resolve(),
      );
    },
  };
  await device.start();
  return device;
}

/** The library takes 0 for "the default"; as a text it is any free port. */
const freePort = "0" as unknown as number;
