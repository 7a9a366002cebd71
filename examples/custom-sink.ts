// A sink of one's own: posts a line to the incoming webhook of a chat (Mattermost, Slack, ...) when an event opens or
// closes. The outbox keeps what the chat did not take.
// Run: node custom-sink.ts https://chat.example/hooks/abc
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createGateway,
  GatewayError,
  type GatewayEvent,
  openOutbox,
  type Sink,
  traceSource,
  trainModel,
} from "wheeltapper";

/** Delivery: in order and at least once; a crash right after a post repeats its line. */
function chatSink(url: string): Sink {
  return {
    name: "chat",
    async write(batch: readonly GatewayEvent[], signal) {
      const rejected = [];
      for (const [index, event] of batch.entries()) {
        if (event.phase === "updated") continue; // accepted, and not worth a line
        const status = await post(url, event, signal);
        if (status === 429 || status >= 500) {
          // Lines before this one are in the chat; this one and the rest come again, in the same order.
          return { rejected, retry: [...batch.keys()].slice(index) };
        }
        if (status >= 300) rejected.push({ index, reason: `the chat answered ${status}` });
      }
      return { rejected, retry: [] };
    },
    async close() {},
  };
}

function tagOf(event: GatewayEvent): string | undefined {
  if (event.kind === "anomaly") return event.contributions[0]?.tag;
  return event.kind === "drift" ? event.tags[0]?.tag : event.tag;
}

async function post(url: string, event: GatewayEvent, signal: AbortSignal): Promise<number> {
  const { machine, phase } = event;
  const body = JSON.stringify({ text: `${machine}: ${phase}, see ${tagOf(event)}` });
  const headers = { "content-type": "application/json" };
  try {
    return (await fetch(url, { method: "POST", headers, body, signal })).status;
  } catch (cause) {
    // Retryable: the outbox keeps the batch and tries again, at growing distances.
    throw new GatewayError("SINK_UNREACHABLE", "the chat cannot be reached", {
      cause,
      retryable: true,
    });
  }
}

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error("Run: node custom-sink.ts https://chat.example/hooks/abc");
const trace = (name: string) => traceSource(join(import.meta.dirname, "traces", name));

const model = await trainModel(trace("normal.csv"), { name: "pump" });
const outbox = openOutbox("outbox.db");
const gateway = createGateway({
  name: "example",
  sources: [trace("bearing-wear.csv")],
  machines: [{ name: "pump", model }],
  sinks: [chatSink(url)],
  outbox,
});
await gateway.start();
await gateway.done;
// A recording is over before a chat has answered, and stop() waits for nobody.
const isWaiting = () => gateway.health().sinks.some(({ pending }) => pending > 0);
while (isWaiting() && gateway.health().state === "running") await sleep(50);
await gateway.stop();
await outbox.close();
for (const { name, delivered, deadLetters, pending } of gateway.health().sinks) {
  console.log(`${name}: ${delivered} delivered, ${deadLetters} refused, ${pending} still waiting`);
}
