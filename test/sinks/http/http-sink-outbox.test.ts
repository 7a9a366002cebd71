import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openOutbox } from "../../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../../src/outbox/store-and-forward.ts";
import { httpSink } from "../../../src/sinks/http/http-sink.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { tempFolder } from "../../temp-folder.ts";
import { startReceiver } from "../receiver.ts";

const running = new AbortController().signal;

describe.each(["batch", "single"] as const)("behind the outbox, httpSink with mode %s", (mode) => {
  it("gives up nothing but the message that the receiver stumbles over", async () => {
    const receiver = await startReceiver();
    receiver.answer((response, { events }) => {
      const isPoisoned = events.some(({ data }) => data.id === "pump-2");
      response.writeHead(isPoisoned ? 500 : 204).end();
    });
    const outbox = openOutbox(join(tempFolder(), "events.db"));
    const sink = storeAndForward(httpSink({ url: receiver.url, mode }), outbox, {
      ...{ retryFirstMs: 1, retryMaxMs: 5 },
      maxTries: 1, // so that a wrong blame shows at once
    });
    const events = ["pump-1", "fan-1", "pump-2", "pump-3", "pump-4", "fan-2", "fan-3"].map((id) =>
      sampleEvent({ id, machine: id.split("-", 1).join() }),
    );
    await sink.write(events, running);
    await expect
      .poll(() => sink.stats(), { timeout: 20_000 })
      .toMatchObject({
        ...{ pending: 0, delivered: 6, deadLetters: 1 },
      });
    const [letter] = await outbox.queue("http").deadLetters(9);
    expect(letter?.message?.id).toBe("pump-2");
    const arrived = (machine: string) => [
      ...new Set(
        receiver.accepted.map(({ data }) => data.id).filter((id) => id.startsWith(machine)),
      ),
    ];
    expect(arrived("pump")).toEqual(["pump-1", "pump-3", "pump-4"]);
    expect(arrived("fan")).toEqual(["fan-1", "fan-2", "fan-3"]);
    await sink.close();
    await outbox.close();
  });
});
