// 1,000 nodes through opcuaSource. Run by acquisition.bench.ts with: <port> <seconds>
import { opcuaSource } from "wheeltapper/opcua";
import { measure } from "./measure.ts";

const NODES = 1000;

await measure(["tag1"], (meter) => {
  const source = opcuaSource({
    endpointUrl: `opc.tcp://127.0.0.1:${process.argv[2]}`,
    samplingMs: 1000,
    tags: Array.from({ length: NODES }, (_, place) => ({
      name: `tag${place + 1}`,
      nodeId: `ns=1;i=${place + 1}`,
    })),
  });
  return source.readings.forEach(({ tag, value, quality }) => {
    if (quality === "good") meter.take(tag, value);
  });
});
