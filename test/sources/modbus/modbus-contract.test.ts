import { describe } from "vitest";
import {
  type ModbusSourceOptions,
  type ModbusTag,
  modbusSource,
} from "../../../src/sources/modbus/index.ts";
import { sourceContract } from "../../../src/testing/source-contract.ts";
import { peerSkipReason } from "../../peers/peer-skip-reason.ts";
import { launchPeer, type Peer } from "../../peers/start-peer.ts";
import { modbusDevice } from "./modbus-device.ts";

const host = "127.0.0.1";
const quick = { pollMs: 20, timeoutMs: 250, retryFirstMs: 10, retryMaxMs: 50 };
const tags: readonly ModbusTag[] = [
  { name: "level", table: "holding", address: 5, type: "uint16" },
  { name: "open", table: "coil", address: 3, type: "bool" },
  { name: "flow", table: "input", address: 8, type: "uint16" },
];

type Line = Pick<ModbusSourceOptions, "host" | "port" | "protocol" | "serial">;
const read = (line: Line) => modbusSource({ ...quick, ...line, tags });
/** Its sockets stay open while it says nothing. */
const frozen = (peer: Peer) => ({ takeAway: () => peer.freeze(), bringBack: () => peer.thaw() });

describe("modbus source keeps the promises of a source", () => {
  describe("with several units and periods, one by one", () => {
    sourceContract(async () => {
      const served = await modbusDevice();
      served.coils.set(3, true);
      served.holding.set(5, 5);
      served.input.set(8, 8);
      const spread = tags.map((tag, index) => ({
        ...tag,
        unitId: index + 1,
        pollMs: 10 * (index + 1),
      }));
      return {
        source: modbusSource({ ...quick, host, port: served.port, oneByOne: true, tags: spread }),
        connections: () => served.connections(),
        outage: { takeAway: () => served.stop(), bringBack: () => served.start() },
        close: () => served.stop(),
      };
    });
  });

  describe.skipIf(peerSkipReason("pymodbus")).each(["tcp", "udp", "rtu-over-tcp"] as const)(
    "over %s to pymodbus, which freezes",
    (protocol) => {
      sourceContract(async () => {
        const peer = await launchPeer("pymodbus", (port) => [protocol, port]);
        const source = read({ host, port: peer.port, protocol });
        return { source, outage: frozen(peer), close: () => peer.kill() };
      });
    },
  );
});
