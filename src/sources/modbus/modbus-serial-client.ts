import type ModbusSerial from "modbus-serial";
import { loadPeer } from "../../load-peer.ts";
import type { ModbusClient, ModbusTarget } from "./modbus-client.ts";

type Master = InstanceType<typeof ModbusSerial.default>;

/**
 * Speaks Modbus TCP through modbus-serial.
 *
 * The library waits forever unless told otherwise, throws things that are no Errors, notices neither garbage nor an answer
 * of the wrong length, and does not tell a pending read that the connection is gone; all of that ends here.
 */
export async function modbusSerialClient(target: ModbusTarget): Promise<ModbusClient> {
  const { host, port, unitId, timeoutMs } = target;
  const { default: library } = await loadPeer("modbus-serial", () => import("modbus-serial"));
  let master: Master | undefined;
  let drop: (cause: Error) => void = () => {};
  const dropped = new Promise<never>((_, reject) => {
    drop = reject;
  });
  dropped.catch(() => {}); // each read hears of it; nobody may be reading

  const read = async <T>(
    count: number,
    ask: (from: Master) => Promise<{ data: T[] }>,
  ): Promise<T[]> => {
    if (!master) throw new Error("read before connect");
    const asked = master;
    const { data } = await Promise.race([ask(asked), dropped]).catch((cause: unknown) => {
      throw asked.isOpen
        ? asError(cause)
        : new Error("the device closed the connection", { cause });
    });
    if (data.length < count)
      throw new Error(`expected ${count} values in the answer, got ${data.length}`);
    return data;
  };

  return {
    async connect() {
      master = new library.default();
      master.setTimeout(timeoutMs); // before connecting: the socket takes the value over
      master.setID(unitId);
      master.on("close", () => drop(new Error("the device closed the connection")));
      master.on("error", (cause: unknown) => drop(asError(cause)));
      await master.connectTCP(host, { port }).catch((cause: unknown) => {
        throw asError(cause);
      });
    },
    async readRegisters(table, address, count) {
      const words = await read(count, (from) =>
        table === "holding"
          ? from.readHoldingRegisters(address, count)
          : from.readInputRegisters(address, count),
      );
      if (words.length > count) throw new Error(`expected ${count} registers, got ${words.length}`);
      return words;
    },
    async readBits(table, address, count) {
      const bits = await read(count, (from) =>
        table === "coil" ? from.readCoils(address, count) : from.readDiscreteInputs(address, count),
      );
      return bits.slice(0, count); // they come in whole bytes
    },
    close() {
      drop(new Error("closed"));
      master?.destroy(() => {});
    },
  };
}

/** modbus-serial rejects with plain objects that carry `errno` where an Error has `code`. */
function asError(cause: unknown): Error {
  if (cause instanceof Error) return cause;
  const { message, errno } = cause as { message?: string; errno?: string };
  return Object.assign(new Error(message ?? String(cause), { cause }), { code: errno });
}
