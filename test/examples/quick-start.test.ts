import { expect, it } from "vitest";
import { startReceiver } from "../sinks/receiver.ts";
import { tempFolder } from "../temp-folder.ts";
import { startExample } from "./start-example.ts";
import { startSkid } from "./start-skid.ts";

it("the quick start learns from a PLC, reports the worn bearing, and posts it to the cloud", async () => {
  const skid = await startSkid();
  const cloud = await startReceiver();
  const quickStart = startExample("quick-start", {
    folder: tempFolder(),
    env: {
      PLC_PORT: String(skid.modbusPort),
      POLL_MS: "20",
      WATCH_MINUTES: "0.15",
      CLOUD_URL: cloud.url,
    },
  });

  await quickStart.printed(/gateway running/);
  skid.inject("bearing-wear");
  const line = await quickStart.printed(/pump-1: event (opened|updated), .*bearing/);
  expect(line).toMatch(/bearing(Vibration|Temperature)/);

  await expect.poll(() => cloud.accepted, { timeout: 10_000 }).not.toHaveLength(0);
  expect(cloud.accepted[0]).toMatchObject({
    source: "/gateways/plant-7",
    type: "io.wheeltapper.anomaly.opened",
    subject: "pump-1",
  });
  quickStart.interrupt();
  expect(await quickStart.ended()).toEqual({ code: 0, stderr: "" });
});
