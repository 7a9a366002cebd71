import type { GatewayEvent } from "../../core/gateway-event.ts";
import type { GatewayMessage } from "../../core/gateway-message.ts";

/**
 * Where incidents stand whose messages came while the disk refused them. What is delivered from memory never comes to the file, which would
 * take an incident for open that has closed, or not know one that has opened.
 */
export interface MemoryIncidents {
  /** This came, and waits in memory. */
  seen(message: GatewayMessage): void;
  /** The file has taken this. */
  filed(message: GatewayMessage): void;
  /** These have left the memory, for `waiting` is what is left: what began and ended in memory need not be told. */
  left(gone: readonly GatewayMessage[], waiting: readonly GatewayMessage[]): void;
  /** The newest message of each. */
  newest(): readonly GatewayEvent[];
  /** The file knows all of it. */
  told(): void;
}

interface Incident {
  newest: GatewayEvent;
  isFiled: boolean;
}

export function memoryIncidents(): MemoryIncidents {
  const incidents = new Map<string, Incident>();
  return {
    seen(message) {
      if (!isEvent(message)) return;
      const incident = incidents.get(message.id);
      // The first message of an incident has revision 0: one that begins later has begun in the file.
      if (incident === undefined)
        incidents.set(message.id, { newest: message, isFiled: message.revision > 0 });
      else if (incident.newest.revision < message.revision) incident.newest = message;
    },
    filed({ id }) {
      const incident = incidents.get(id);
      if (incident !== undefined) incident.isFiled = true;
    },
    left(gone, waiting) {
      for (const { id } of gone) {
        const { newest, isFiled = true } = incidents.get(id) ?? {};
        if (isFiled || newest?.phase !== "closed") continue;
        if (!waiting.some((message) => message.id === id)) incidents.delete(id);
      }
    },
    newest: () => [...incidents.values()].map(({ newest }) => newest),
    told: () => incidents.clear(),
  };
}

export function isEvent(message: GatewayMessage): message is GatewayEvent {
  return "phase" in message;
}
