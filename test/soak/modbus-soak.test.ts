import { expect, it } from "vitest";
import { modbusSource } from "../../src/sources/modbus/index.ts";
import { settle } from "./account.ts";
import { expectFlat, patience, report, soak } from "./soak.ts";
import { tormentedServer } from "./tormented-server.ts";

it("loses, repeats and invents no Modbus reading", patience, async () => {
  const server = await tormentedServer("modbus-counters.ts");
  const source = modbusSource({
    host: "127.0.0.1",
    port: server.port,
    pollMs: 100,
    timeoutMs: 500,
    retryMaxMs: 2000,
    tags: [1, 2, 3].map((unitId) => ({
      name: `unit${unitId}`,
      unitId,
      table: "holding",
      address: 0,
      type: "uint32",
    })),
  });
  const { readings, outages, heap } = await soak(server, source);
  const served = [...server.served];
  await server.stop();
  const account = settle(served, readings, outages, { before: 100, after: 1000 });
  report("modbus", account, outages, heap);
  expect(account).toMatchObject({ invented: [], repeated: [], disordered: [], lost: [] });
  expectFlat(heap, readings.length);
});
