// A Modbus TCP gateway in a process of its own: units 1 to 3 have one uint32 at holding 0, which counts how often it was read.
// Run with: node modbus-counters.ts <port> <run>
import modbus from "modbus-serial";
import { createCounter } from "./served-log.ts";

const [port = "", run = ""] = process.argv.slice(2);
const count = createCounter(Number(run));
const server = new modbus.ServerTCP(
  {
    getMultipleHoldingRegisters(_address: number, _length: number, unit: number) {
      const value = count(`unit${unit}`);
      return [value >>> 16, value & 0xffff];
    },
  },
  { host: "127.0.0.1", port: Number(port), unitID: 255 },
);
server.on("initialized", () => process.stdout.write("ready\n"));
