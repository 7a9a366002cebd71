import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { opcuaSource } from "../../src/sources/opcua/index.ts";
import { tempFolder } from "../temp-folder.ts";
import { settle } from "./account.ts";
import { expectFlat, patience, report, soak } from "./soak.ts";
import { tormentedServer } from "./tormented-server.ts";

it("loses, repeats and invents no OPC UA reading", patience, async () => {
  const folder = join(tempFolder(), "pki");
  await mkdir(folder);
  const server = await tormentedServer("opcua-counters.ts", folder);
  const source = opcuaSource({
    endpointUrl: `opc.tcp://127.0.0.1:${server.port}`,
    samplingMs: 100,
    publishingMs: 200,
    silenceMs: 3000,
    timeoutMs: 3000,
    retryMaxMs: 2000,
    tags: ["node1", "node2", "node3"].map((name) => ({ name, nodeId: `ns=1;s=${name}` })),
  });
  const { readings, outages, heap } = await soak(server, source);
  const served = [...server.served];
  await server.stop();
  const account = settle(served, readings, outages, { before: 1000, after: 0 });
  report("opcua", account, outages, heap);
  expect(account).toMatchObject({ invented: [], repeated: [], disordered: [], lost: [] });
  expectFlat(heap, readings.length);
});
