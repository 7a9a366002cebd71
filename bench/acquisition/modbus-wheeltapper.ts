// 20 units of 50 tags through modbusSource. Run by acquisition.bench.ts with: <port> <seconds>
import { modbusSource } from "wheeltapper/modbus";
import { measure } from "./measure.ts";
import { lineTags, watchedTags } from "./modbus-tags.ts";

await measure(watchedTags, (meter) => {
  const source = modbusSource({
    host: "127.0.0.1",
    port: Number(process.argv[2]),
    pollMs: 1000,
    tags: lineTags.map(({ name, unitId, address }) => ({
      name,
      unitId,
      table: "holding",
      address,
      type: "float32",
    })),
  });
  return source.readings.forEach(({ tag, value, quality }) => {
    if (quality === "good") meter.take(tag, value);
  });
});
