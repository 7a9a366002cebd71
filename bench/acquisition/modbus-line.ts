// A Modbus TCP gateway to a line of units, in a process of its own: every register answers at once, the unit that
// is named as dead never does. Prints its port.
// Run with: node bench/acquisition/modbus-line.ts <dead unit>
import { type AddressInfo, createServer } from "node:net";

const deadUnit = Number(process.argv[2] ?? 0);
const HEADER_BYTES = 12; // of a read request, MBAP included

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    for (let start = 0; start + HEADER_BYTES <= bytes.length; start += HEADER_BYTES) {
      const request = bytes.subarray(start, start + HEADER_BYTES);
      if (request[6] !== deadUnit) socket.write(answer(request));
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));

/** As many float32 as were asked for, each its own address plus the time of the day. */
function answer(request: Buffer): Buffer {
  const address = request.readUInt16BE(8);
  const count = request.readUInt16BE(10);
  const reply = Buffer.alloc(9 + 2 * count);
  request.copy(reply, 0, 0, 8);
  reply.writeUInt16BE(3 + 2 * count, 4);
  reply[8] = 2 * count;
  const seconds = (Date.now() / 1000) % 86_400;
  for (let place = 0; place < count >> 1; place++) {
    reply.writeFloatBE(address + place + seconds, 9 + 4 * place);
  }
  return reply;
}
