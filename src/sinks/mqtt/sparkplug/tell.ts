import type { Devices } from "./devices.ts";
import type { Utterance } from "./edge-node.ts";
import { type MeasurableMessage, metricsOf } from "./message-metrics.ts";
import type { Metric } from "./payload.ts";

/** What is said of messages that have just been made. */
export function tellLive(
  devices: Devices,
  batch: readonly MeasurableMessage[],
): readonly Utterance[] {
  const births = birthsFor(devices, batch);
  const data = batch.map((message): Utterance => {
    const metrics = metricsOf(message);
    devices.update(message.machine, metrics);
    return { type: "DDATA", device: message.machine, metrics };
  });
  return [...births, ...data];
}

/**
 * What is said of messages that have waited: all of them as history, which changes no current value at the host; then the newest
 * values once more as what is now, or the host would never learn of an incident that began in the outage and goes on.
 */
export function tellLate(
  devices: Devices,
  batch: readonly MeasurableMessage[],
): readonly Utterance[] {
  const births = birthsFor(devices, batch);
  const newest = new Map<string, Map<string, Metric>>();
  const history = batch.map((message): Utterance => {
    const metrics = metricsOf(message);
    const ofMachine = newest.get(message.machine) ?? new Map<string, Metric>();
    newest.set(message.machine, ofMachine);
    for (const metric of devices.update(message.machine, metrics)) {
      ofMachine.set(metric.name, metric);
    }
    return { type: "DDATA", device: message.machine, metrics, isHistorical: true };
  });
  const now = [...newest]
    .filter(([, metrics]) => metrics.size > 0)
    .map(
      ([device, metrics]): Utterance => ({
        type: "DDATA",
        device,
        metrics: [...metrics.values()],
      }),
    );
  return [...births, ...history, ...now];
}

/** A birth of each machine that has something new to tell: a host takes no metric that was not born. Once, before all of its messages. */
function birthsFor(devices: Devices, batch: readonly MeasurableMessage[]): readonly Utterance[] {
  const changed = batch.filter((message) => devices.declare(message.machine, metricsOf(message)));
  const machines = new Set(changed.map(({ machine }) => machine));
  return [...machines].map((device) => ({
    type: "DBIRTH",
    device,
    metrics: devices.metrics(device),
  }));
}
