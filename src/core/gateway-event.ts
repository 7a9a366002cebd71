import type { AnomalyEvent } from "./anomaly-event.ts";
import type { DriftEvent } from "./drift-event.ts";
import type { SensorFault } from "./sensor-fault.ts";

/**
 * What a gateway has to say about its machines: one is strange, one of its sensors cannot be believed, or the model no longer
 * describes it. `kind` tells which.
 */
export type GatewayEvent = AnomalyEvent | SensorFault | DriftEvent;
