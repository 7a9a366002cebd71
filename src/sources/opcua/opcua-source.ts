import { reconnectingSource } from "../reconnecting-source.ts";
import type { Source } from "../source.ts";
import { type OpcuaSourceOptions, settleOpcuaOptions } from "./opcua-options.ts";
import { arraySpacing } from "./watch/array-spacing.ts";
import { gapFinder } from "./watch/gap-finder.ts";
import { watchServer } from "./watch/watch-server.ts";

/**
 * Subscribes to nodes of an OPC UA server, anonymously and without encryption unless asked for more; no server is trusted by itself.
 *
 * A server sends a value when it or its timestamp changes, and a poll finds the same one again: a constant one may come only once, so the tags are
 * `reporting: "on-change"` unless they say otherwise, or are polled and stamped on arrival. Status codes become `good`,
 * `uncertain` or `bad` and stay beside the reading as `statusCode` (0, plain Good, is left out). A node that the server does not know is bad
 * and disturbs no other. Loading node-opcua silences its logging to standard output for the whole process.
 *
 * Delivery: nothing is repeated; a value older than the tag's last one is `late`. After a break that the session outlives, what the server has
 * queued still comes, but for what was on the line at the moment it broke; after a longer one the value as it stands, and then, as late, what
 * the server has stored (HistoryRead), if it stores anything.
 *
 * @throws GatewayError `CONFIG_INVALID` for an option out of range.
 */
export function opcuaSource(options: OpcuaSourceOptions): Source {
  const { name, ...watch } = settleOpcuaOptions(options);
  const { mode, samplingMs, publishingMs, silenceMs } = watch.target;
  // What was read twice with one and the same stamp is one reading.
  const isRepeating = mode === "poll" && watch.timestamps === "arrival";
  return reconnectingSource({
    ...options,
    name,
    tags: watch.tags.map((tag) => ({
      reporting: isRepeating ? "sampled" : "on-change",
      ...tag,
    })),
    expectMs: () => 3 * samplingMs + publishingMs + watch.timeoutMs + silenceMs,
    connector: (clock) => {
      const memory = { clock, gaps: gapFinder(samplingMs), arrays: arraySpacing(samplingMs) };
      return () => watchServer(watch, memory);
    },
  });
}
