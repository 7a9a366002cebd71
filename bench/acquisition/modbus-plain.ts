// The same through modbus-serial as one writes it by hand, without the dead unit. Run by acquisition.bench.ts with: <port> <seconds>
import modbus from "modbus-serial";
import { measure } from "./measure.ts";
import { DEAD_UNIT, lineTags, TAGS_PER_UNIT, UNITS, watchedTags } from "./modbus-tags.ts";

const client = new modbus.default();
client.setTimeout(1000);
await client.connectTCP("127.0.0.1", { port: Number(process.argv[2]) });

await measure(watchedTags, (meter) => {
  const poll = async (): Promise<void> => {
    for (let unit = 1; unit <= UNITS; unit++) {
      if (unit === DEAD_UNIT) continue;
      client.setID(unit);
      const { buffer } = await client.readHoldingRegisters(0, 2 * TAGS_PER_UNIT);
      const timeMs = Date.now();
      for (let tag = 0; tag < TAGS_PER_UNIT; tag++) {
        const { name } = lineTags[(unit - 1) * TAGS_PER_UNIT + tag] as { name: string };
        const reading = { tag: name, timeMs, value: buffer.readFloatBE(4 * tag), quality: "good" };
        meter.take(reading.tag, reading.value);
      }
    }
  };
  setInterval(() => void poll(), 1000);
});
