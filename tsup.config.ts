import type { Options } from "tsup";

// One entry per subpath of package.json, and the command line.
const options: Options = {
  entry: {
    index: "src/index.ts",
    modbus: "src/sources/modbus/index.ts",
    mqtt: "src/sinks/mqtt/index.ts",
    opcua: "src/sources/opcua/index.ts",
    s3: "src/sinks/s3/index.ts",
    simulator: "src/simulator/index.ts",
    testing: "src/testing/index.ts",
    cli: "src/cli/main.ts",
    // Found by their names, beside the chunk that starts them.
    "wheeltapper-training-worker": "src/model/worker/training-worker.ts",
    "wheeltapper-scoring-worker": "src/model/worker/scoring-worker.ts",
  },
  format: "esm",
  target: "node22",
  dts: true,
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false, // `node:sqlite` has no other name
};

export default options;
