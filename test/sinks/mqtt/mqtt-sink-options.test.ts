import { describe, expect, it } from "vitest";
import { type MqttSinkOptions, mqttSink } from "../../../src/sinks/mqtt/index.ts";

describe("options of mqttSink", () => {
  const url = "mqtt://broker.example";
  it.each<{ options: MqttSinkOptions; message: RegExp }>([
    { options: { url: "http://broker.example" }, message: /expected mqtt.*got http:/ },
    { options: { url: "broker" }, message: /no absolute URL/ },
    { options: { url: "mqtt://me:s3cret@broker.example" }, message: /no user/ },
    { options: { url, password: "s3cret" }, message: /username/ },
    { options: { url, username: "me", password: "" }, message: /password/ },
    { options: { url, tls: { ca: "s3cret" } }, message: /mqtts/ },
    { options: { url: "mqtts://b", tls: { cert: "s3cret" } }, message: /without the other/ },
    { options: { url, timeoutMs: 0 }, message: /timeoutMs/ },
    { options: { url, topic: "a/+/b" }, message: /expected a topic/ },
    { options: { url, topic: "{tag}" }, message: /expected a topic/ },
    { options: { url, statusTopic: "{machine}" }, message: /expected a topic/ },
    { options: { url, topic: "$SYS/x" }, message: /expected a topic/ },
    { options: { url, payload: "sparkplug", group: "" }, message: /group/ },
    { options: { url, payload: "sparkplug", group: "g", kinds: ["capture"] }, message: /kinds/ },
  ])("refuses $options", ({ options, message }) => {
    expect(() => mqttSink(options)).toThrow(message);
    expect(() => mqttSink(options)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(() => mqttSink(options)).not.toThrow(/s3cret/);
  });

  it("refuses an option that nobody knows", () => {
    const options = { url, payload: "sparkplug", group: "g", topic: "t" } as const;
    expect(() => mqttSink(options)).toThrow(/there is no option "topic"/);
  });
});
