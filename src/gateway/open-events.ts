import type { AnomalyEvent } from "../core/anomaly-event.ts";
import type { GatewayEvent } from "../core/gateway-event.ts";
import type { Reading } from "../core/reading.ts";
import type { SensorFault } from "../core/sensor-fault.ts";
import type { MachineHealth } from "./health.ts";
import type { RecentReadings } from "./recent-readings.ts";

/** What is open at one machine. */
export interface OpenEvents {
  /** Takes a message on its way out, and gives it the raw readings of the span before `nowMs`. */
  note<Event extends GatewayEvent>(event: Event, nowMs: number): Event;
  health(): Pick<MachineHealth, "openEvents" | "sensorFaults" | "drift">;
}

/** @param resumed what a run before this one left open */
export function createOpenEvents(
  recent: RecentReadings,
  resumed: readonly GatewayEvent[],
): OpenEvents {
  const open = new Map(resumed.map((event) => [event.id, event]));
  return {
    note(event, nowMs) {
      if (event.phase === "closed") open.delete(event.id);
      else open.set(event.id, event);
      if (event.phase === "updated" || event.kind === "drift") return event;
      return { ...event, readings: readingsOf(event, recent.before(nowMs)) };
    },
    health() {
      const events = [...open.values()];
      const drift = events.find((event) => event.kind === "drift");
      return {
        openEvents: events.filter(({ kind }) => kind === "anomaly").map(({ id }) => id),
        sensorFaults: events
          .filter((event) => event.kind === "sensor-fault")
          .map(({ id, tag, fault, startMs }) => ({ id, tag, fault, startMs })),
        ...(drift && { drift }),
      };
    },
  };
}

/** Of a sensor fault only the sensor's own. */
function readingsOf(
  event: AnomalyEvent | SensorFault,
  recent: readonly Reading[],
): readonly Reading[] {
  return event.kind === "anomaly" ? recent : recent.filter(({ tag }) => tag === event.tag);
}
