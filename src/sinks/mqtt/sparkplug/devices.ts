import { metricsAtBirth } from "./message-metrics.ts";
import type { Metric } from "./payload.ts";

/** The metrics of every machine, and what is known of them now. */
export interface Devices {
  readonly names: readonly string[];
  /** The metrics of a machine, with their newest values; that nothing is known of one is so now. */
  metrics(machine: string): readonly Metric[];
  /** Makes room for metrics without taking over their values; whether any of them is new. */
  declare(machine: string, metrics: readonly Metric[]): boolean;
  /** Takes over values that are not older than the known ones; returns those. */
  update(machine: string, metrics: readonly Metric[]): readonly Metric[];
}

/** Before everything that is told. */
const LONG_AGO = Number.NEGATIVE_INFINITY;

export function createDevices(): Devices {
  const devices = new Map<string, Map<string, Metric>>();
  const deviceOf = (machine: string): Map<string, Metric> => {
    const known = devices.get(machine);
    if (known !== undefined) return known;
    const device = new Map(metricsAtBirth(LONG_AGO).map((metric) => [metric.name, metric]));
    devices.set(machine, device);
    return device;
  };
  return {
    get names() {
      return [...devices.keys()];
    },
    metrics: (machine) =>
      [...deviceOf(machine).values()].map((metric) =>
        metric.timeMs === LONG_AGO ? { ...metric, timeMs: Date.now() } : metric,
      ),
    declare(machine, metrics) {
      const isNewDevice = !devices.has(machine);
      const device = deviceOf(machine);
      const fresh = metrics.filter(({ name }) => !device.has(name));
      for (const metric of fresh)
        device.set(metric.name, { ...metric, value: undefined, timeMs: LONG_AGO });
      return isNewDevice || fresh.length > 0;
    },
    update(machine, metrics) {
      const device = deviceOf(machine);
      const newer = metrics.filter(
        ({ name, timeMs }) => timeMs >= (device.get(name)?.timeMs ?? LONG_AGO),
      );
      for (const metric of newer) device.set(metric.name, metric);
      return newer;
    },
  };
}
