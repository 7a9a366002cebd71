import type { AddressInfo } from "node:net";
import { loadPeer } from "../load-peer.ts";
import { listenError } from "./listen-error.ts";
import type { ModbusImage } from "./modbus-map.ts";

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;

/** What a running server shares with the simulator. */
export interface ModbusServer {
  readonly port: number;
  close(): Promise<void>;
}

/** The part of modbus-serial's `ServerTCP` that is used here, including what its types leave out. */
interface ServerTcp {
  readonly _server: { address(): AddressInfo };
  once(event: "initialized", listener: () => void): unknown;
  once(event: "serverError", listener: (error: Error) => void): unknown;
  close(done: () => void): void;
}

/** An exception reply: modbus-serial takes the code from the error that a callback throws. */
function modbusException(modbusErrorCode: number): Error {
  return Object.assign(new Error(`Modbus exception ${modbusErrorCode}`), { modbusErrorCode });
}

function at<T>(cells: ArrayLike<T>, address: number): T {
  const cell = cells[address];
  if (cell === undefined) throw modbusException(ILLEGAL_ADDRESS);
  return cell;
}

function refuseWrite(): never {
  throw modbusException(ILLEGAL_FUNCTION);
}

/**
 * Serves the newest `image` over Modbus TCP, to every unit id. Registers of one request are of one
 * moment. Addresses outside the map get exception 2, writes exception 1.
 *
 * @throws GatewayError `DEPENDENCY_MISSING` without modbus-serial, `CONFIG_INVALID` when the port is taken.
 */
export async function serveModbus(
  host: string,
  port: number,
  image: () => ModbusImage,
): Promise<ModbusServer> {
  const { ServerTCP } = await loadPeer("modbus-serial", () => import("modbus-serial"));
  const vector = {
    getHoldingRegister: (address: number, _unit: number) => at(image().holding, address),
    getInputRegister: (address: number, _unit: number) => at(image().input, address),
    getCoil: (address: number, _unit: number) => at(image().coil, address),
    getDiscreteInput: (address: number, _unit: number) => at(image().discrete, address),
    // Without these, a write would get no answer at all.
    setCoil: (_address: number, _value: boolean, _unit: number) => refuseWrite(),
    setRegister: (_address: number, _value: number, _unit: number) => refuseWrite(),
  };
  // The library takes the number 0 for "not given" and listens on 502; it hands a string through.
  const anyPort = port === 0 ? ("0" as unknown as number) : port;
  const server = new ServerTCP(vector, { host, port: anyPort }) as unknown as ServerTcp;
  await new Promise<void>((resolve, reject) => {
    server.once("initialized", resolve);
    server.once("serverError", (cause) => reject(listenError("Modbus TCP", host, port, cause)));
  });
  return {
    port: server._server.address().port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
