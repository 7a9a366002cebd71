import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePort } from "../free-port.ts";
import { tempFolder } from "../temp-folder.ts";
import { startExample } from "./start-example.ts";
import { startSkid } from "./start-skid.ts";

it("the OPC UA example learns once, reports the worn bearing, and waits with its model for the device that is away", async () => {
  const skid = await startSkid();
  const start = {
    folder: tempFolder(),
    parameters: [skid.opcuaUrl],
    env: { SAMPLING_MS: "20", WATCH_MINUTES: "0.2" },
  };
  const first = startExample("opcua-motor", start);
  await first.printed(/watching opcua 127\.0\.0\.1/);
  skid.inject("bearing-wear");
  await first.printed(/(opened|updated) +motor: severity \d+, .*bearing/);
  first.interrupt();
  expect(await first.ended()).toEqual({ code: 0, stderr: "" });

  expect(existsSync(join(start.folder, "motor.onnx"))).toBe(true);
  await skid.stop();
  const second = startExample("opcua-motor", start);
  await second.printed(/watching opcua 127\.0\.0\.1/);
  await second.printed(/^silent .*ECONNREFUSED 127\.0\.0\.1/);
  expect(second.lines.join("\n")).not.toContain("learning");
  second.interrupt();
  expect(await second.ended()).toEqual({ code: 0, stderr: "" });
});

it("the OPC UA example names the endpoint and ends with 1 when nobody is there", async () => {
  const host = `127.0.0.1:${await freePort()}`;
  const parameters = [`opc.tcp://${host}`];
  const example = startExample("opcua-motor", { folder: tempFolder(), parameters });
  const { code, stderr } = await example.ended();
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^SOURCE_UNREACHABLE: gave up after 5000 ms/),
  });
  expect(stderr).toContain(host);
});

it("the OPC UA example shows what an endpoint looks like when it got something else", async () => {
  const parameters = ["http://plc.local"];
  const { code, stderr } = await startExample("opcua-motor", {
    folder: tempFolder(),
    parameters,
  }).ended();
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('opc.tcp://host:4840/path, got "http://plc.local"'),
  });
});
