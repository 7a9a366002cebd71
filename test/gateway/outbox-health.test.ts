import { join } from "node:path";
import { NEVER } from "rxjs";
import { describe, expect, it, onTestFinished } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { failingDisk } from "../outbox/failing-disk.ts";
import { scriptedSink, unreachable } from "../outbox/scripted-sink.ts";
import { warnings } from "../outbox/warnings.ts";
import { tempFolder } from "../temp-folder.ts";
import { gatewayOf, handSource } from "./machine-gateway.ts";

describe("the health of a gateway", () => {
  it("says that the disk refuses, what is in memory only, and that it is over", async () => {
    warnings();
    const outbox = openOutbox(join(tempFolder(), "outbox.db"));
    onTestFinished(() => outbox.close());
    const { sink, answer } = scriptedSink();
    answer(() => {
      throw unreachable;
    });
    const sources = [handSource("plc", NEVER)];
    const gateway = gatewayOf({ sources, sinks: [sink], outbox });
    expect(gateway.health().outbox).toEqual({ state: "durable" });
    await gateway.start();

    const disk = failingDisk();
    await outbox.queue(sink.name).append([sampleEvent()]);
    expect(gateway.health()).toMatchObject({
      outbox: { state: "memory", sheltered: 1, error: { code: "OUTBOX_UNAVAILABLE" } },
      sinks: [{ pending: 1, sheltered: 1 }],
    });
    disk.mend();
    await outbox.queue(sink.name).append([sampleEvent({ id: "next" })]);
    expect(gateway.health().outbox).toEqual({ state: "durable" });
    expect(gateway.health().sinks[0]).not.toHaveProperty("sheltered");
  });

  it("says nothing of an outbox where there is none", () => {
    expect(gatewayOf({ sources: [handSource("plc", NEVER)] }).health()).not.toHaveProperty(
      "outbox",
    );
  });
});
