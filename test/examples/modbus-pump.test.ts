import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePort } from "../free-port.ts";
import { tempFolder } from "../temp-folder.ts";
import { startExample } from "./start-example.ts";
import { startSkid } from "./start-skid.ts";

it("the Modbus example learns once, reports the worn bearing, and waits with its model for the device that is away", async () => {
  const skid = await startSkid();
  const start = {
    folder: tempFolder(),
    parameters: [`127.0.0.1:${skid.modbusPort}`],
    env: { POLL_MS: "20", WATCH_MINUTES: "0.15" },
  };
  const first = startExample("modbus-pump", start);
  await first.printed(/watching modbus 127\.0\.0\.1/);
  skid.inject("bearing-wear");
  await first.printed(/(opened|updated) +pump: severity \d+, .*bearing/);
  first.interrupt();
  expect(await first.ended()).toEqual({ code: 0, stderr: "" });

  expect(existsSync(join(start.folder, "pump.onnx"))).toBe(true);
  await skid.stop();
  const second = startExample("modbus-pump", start);
  await second.printed(/watching modbus 127\.0\.0\.1/);
  await second.printed(/^silent .*ECONNREFUSED 127\.0\.0\.1/);
  expect(second.lines.join("\n")).not.toContain("learning");
  second.interrupt();
  expect(await second.ended()).toEqual({ code: 0, stderr: "" });
});

it("the Modbus example names host and port and ends with 1 when nobody is there", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const example = startExample("modbus-pump", { folder: tempFolder(), parameters: [address] });
  const { code, stderr } = await example.ended();
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^SOURCE_UNREACHABLE: gave up after 5000 ms/),
  });
  expect(stderr).toContain(address);
});

it("the Modbus example names the port that is none and ends with 1", async () => {
  const parameters = ["plc.local:modbus"];
  const { code, stderr } = await startExample("modbus-pump", {
    folder: tempFolder(),
    parameters,
  }).ended();
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("port must be") });
});
