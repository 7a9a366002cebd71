import { loadPeer } from "../../../load-peer.ts";
import type { ModbusClient, ModbusLine, ModbusTarget } from "../modbus-client.ts";
import type { ByteLine, LineListener } from "./byte-line.ts";
import { mbapFraming } from "./mbap-framing.ts";
import { modbusExchange } from "./modbus-exchange.ts";
import { type QuietLine, quietLine } from "./quiet-line.ts";
import { rtuFraming } from "./rtu-framing.ts";
import { serialLine } from "./serial-line.ts";
import { tcpLine } from "./tcp-line.ts";
import { udpLine } from "./udp-line.ts";
import { type UnansweredRequests, unansweredRequests } from "./unanswered-requests.ts";

/**
 * Speaks Modbus TCP, UDP, RTU and RTU over TCP through modbus-serial.
 *
 * A late answer is told from the right one by its transaction number; on RTU, which has none, by {@link quietLine}. There a read takes up
 * to three times its `timeoutMs`: rest, check, read.
 *
 * @throws GatewayError `DEPENDENCY_MISSING` when modbus-serial, or serialport for a serial line, is not installed.
 */
export async function modbusSerialClient(target: ModbusTarget): Promise<ModbusClient> {
  const { line, timeoutMs } = target;
  const { default: modbusSerial } = await loadPeer("modbus-serial", () => import("modbus-serial"));
  const numbered = line.protocol === "tcp" || line.protocol === "udp";
  let quiet: QuietLine | undefined;
  const { open, exchange, close } = await modbusExchange({
    library: modbusSerial.default,
    framing: numbered ? mbapFraming() : rtuFraming(),
    line: (listener) => byteLine(line, timeoutMs, listener),
    onFrame: (frame) => quiet?.heard(frame),
  });
  if (numbered) return { connect: open, read: exchange, close };
  quiet = quietLine(exchange, frameGapMs(line), unansweredOn(target));
  const { read, close: endRest } = quiet;
  return {
    connect: open,
    read,
    close() {
      close();
      endRest();
    },
  };
}

const unansweredByTarget = new WeakMap<ModbusTarget, UnansweredRequests>();

/** One ledger for all connections that are made for the same target object, one after the other. */
function unansweredOn(target: ModbusTarget): UnansweredRequests {
  const known = unansweredByTarget.get(target);
  const unanswered = known ?? unansweredRequests();
  if (!known) unansweredByTarget.set(target, unanswered);
  return unanswered;
}

function byteLine(
  line: ModbusLine,
  timeoutMs: number,
  listener: LineListener,
): ByteLine | Promise<ByteLine> {
  switch (line.protocol) {
    case "tcp":
    case "rtu-over-tcp":
      return tcpLine(line, timeoutMs, listener);
    case "udp":
      return udpLine(line, listener);
    case "rtu":
      return serialLine(line, listener);
  }
}

/** The silence that ends a frame: 3.5 characters of 11 bits, and 1.75 ms on fast lines. A converter keeps it by itself. */
function frameGapMs(line: ModbusLine): number {
  return line.protocol === "rtu" ? Math.max(1.75, 38_500 / line.baudRate) : 0;
}
