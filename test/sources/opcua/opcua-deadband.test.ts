import { afterAll, beforeAll, expect, it } from "vitest";
import { type OpcuaDeadband, opcuaSource } from "../../../src/sources/opcua/index.ts";
import { hear, patience, status } from "../hearing.ts";
import { DataType, type OpcuaTestServer, opcuaServer } from "./opcua-server.ts";

let server: OpcuaTestServer;
beforeAll(async () => {
  server = await opcuaServer();
});
afterAll(() => server.close());

/** What arrives of a node that goes from 50 to 51, 54, 54.5 and 60. */
async function heardOf(name: string, deadband: OpcuaDeadband) {
  server.set("clock", DataType.Double, 0);
  const source = opcuaSource({
    endpointUrl: server.endpointUrl,
    samplingMs: 20,
    tags: [
      { name, nodeId: `ns=1;s=${name}`, deadband },
      { name: "clock", nodeId: "ns=1;s=clock" },
    ],
  });
  const heard = hear(source);
  await status(source, "live");
  let ticks = 0;
  for (const value of [51, 54, 54.5, 60]) {
    server.set(name, DataType.Double, value);
    // When a later value of another node has come twice, the first node has been sampled in between.
    for (const end = ticks + 2; ticks < end; ) {
      ticks += 1;
      server.set("clock", DataType.Double, ticks);
      const clock = () => heard.findLast(({ tag }) => tag === "clock")?.value;
      await expect.poll(clock, patience).toBe(ticks);
    }
  }
  const { texts } = await status(source, "live");
  return { values: heard.filter(({ tag }) => tag === name).map(({ value }) => value), texts };
}

it("leaves out changes within a deadband, absolute or in percent of the range, and says when a server takes none", async () => {
  server.set("plain", DataType.Double, 50);
  const absolute = await heardOf("plain", { absolute: 2 });
  expect(absolute.values).toEqual([50, 54, 60]);
  expect(absolute.texts).not.toHaveProperty("deadband");

  server.addRanged("ranged", 0, 100);
  const percent = await heardOf("ranged", { percent: 5 });
  expect(percent.values).toEqual([50, 60]);

  server.set("rangeless", DataType.Double, 50);
  const rangeless = await heardOf("rangeless", { percent: 5 });
  expect(rangeless.values).toEqual([50, 51, 54, 54.5, 60]);
  expect(Object.values(rangeless.texts).join()).toContain("rangeless");
});
