import type { GatewayEvent } from "../core/gateway-event.ts";
import type { Machine } from "./machine.ts";

/**
 * The events that somebody goes on with.
 *
 * @param machines as they are right after they were created
 */
export function resumedOf(
  unclosed: readonly GatewayEvent[],
  machines: readonly Machine[],
): readonly GatewayEvent[] {
  const resumed = new Set(
    machines.flatMap((machine) => {
      const { openEvents, sensorFaults, drift } = machine.health();
      return [...openEvents, ...sensorFaults.map(({ id }) => id), ...(drift ? [drift.id] : [])];
    }),
  );
  return unclosed.filter(({ id }) => resumed.has(id));
}

/**
 * The closing messages of events that nobody can go on with, because their machine or sensor is gone, or the machine has another model
 * now: otherwise they would stay open at the receiver for ever.
 *
 * @param machines as they are right after they were created
 */
export function closeOrphans(
  unclosed: readonly GatewayEvent[],
  machines: readonly Machine[],
): readonly GatewayEvent[] {
  const resumed = new Set(resumedOf(unclosed, machines));
  return unclosed
    .filter((event) => !resumed.has(event))
    .map((event) => ({
      ...withoutReadings(event),
      phase: "closed",
      revision: event.revision + 1,
    }));
}

/** What is remembered of an event while it is open: it has up to 2,000 readings, and may be open for days. */
export function withoutReadings(event: GatewayEvent): GatewayEvent {
  return "readings" in event ? { ...event, readings: [] } : event;
}
