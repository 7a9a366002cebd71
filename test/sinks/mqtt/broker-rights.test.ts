import { readFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LabelInput } from "../../../src/core/label.ts";
import { mqttLabels, mqttSink } from "../../../src/sinks/mqtt/index.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { type Listener, listen, mosquittoSkipReason, startMosquitto } from "./mosquitto.ts";
import { hostOf, rebirthCommand } from "./sparkplug-host.ts";

const running = new AbortController().signal;
const patience = { timeout: 20_000 };
const skip = mosquittoSkipReason() !== undefined;
const event = sampleEvent({ gateway: "gateway-7" });

/** The rights that the documentation gives to a gateway. */
function documentedRights(): string {
  const [, rights = ""] =
    /^```text\n(user gateway-7[\s\S]*?)^```/m.exec(readFileSync("docs/mqtt.md", "utf8")) ?? [];
  return rights;
}

async function startPlant(): Promise<{ url: string; cloud: Listener }> {
  const acl = `${documentedRights()}\nuser cloud\ntopic readwrite #\n`;
  const { url } = await startMosquitto({ logins: { "gateway-7": "right", cloud: "cloudy" }, acl });
  return { url, cloud: await listen(url, "#", { username: "cloud", password: "cloudy" }) };
}

describe.skipIf(skip).each([4, 5] as const)("the documented rights, version %i", (version) => {
  const login = { username: "gateway-7", password: "right", version } as const;

  it("are enough for events", async () => {
    const { url, cloud } = await startPlant();
    const sink = mqttSink({ url, ...login });
    expect(await sink.write([event], running)).toEqual({ rejected: [], retry: [] });
    await sink.close();
    const topics = (): string[] => cloud.arrivals.map(({ topic }) => topic);
    const [status, message] = [
      "wheeltapper/gateway-7/status",
      "wheeltapper/gateway-7/pump-1/anomaly",
    ];
    await expect.poll(topics, patience).toEqual([status, message, status]);
  });

  it("are enough for Sparkplug, commands included", async () => {
    const { url, cloud } = await startPlant();
    const sink = mqttSink({ url, ...login, payload: "sparkplug", group: "Plant 1" });
    const host = () => hostOf(cloud.arrivals, "Plant 1", "gateway-7");
    expect(await sink.write([event], running)).toEqual({ rejected: [], retry: [] });
    await expect.poll(() => host().value("pump-1", "Anomaly/Id"), patience).toBe(event.id);
    await cloud.publish("spBv1.0/Plant 1/NCMD/gateway-7", rebirthCommand());
    const births = () => host().messages.filter(({ type }) => type.endsWith("BIRTH"));
    await expect.poll(() => births().length, patience).toBe(4);
    await sink.close();
    await expect.poll(() => host().isOnline(), patience).toBe(false);
    expect(host().violations).toEqual([]);
  });

  it("are enough for labels", async () => {
    const { url, cloud } = await startPlant();
    const labels: LabelInput[] = [];
    const source = mqttLabels({ url, ...login, topic: "labels/gateway-7", clientId: "labels-7" });
    const subscription = source.subscribe({
      next({ done, ...label }) {
        labels.push(label);
        done?.();
      },
      error: (error: unknown) => expect.unreachable(String(error)),
    });
    onTestFinished(() => subscription.unsubscribe());
    const label: LabelInput = { target: event.id, verdict: "fault", faultCode: "F-12" };
    await expect
      .poll(async () => {
        await cloud.publish("labels/gateway-7", JSON.stringify(label));
        return labels.at(-1);
      }, patience)
      .toEqual(label);
  });
});
