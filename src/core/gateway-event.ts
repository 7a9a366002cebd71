import type { AnomalyEvent } from "./anomaly-event.ts";
import type { SensorFault } from "./sensor-fault.ts";

/** What a gateway sends out: the machine is strange, or one of its sensors cannot be believed. `kind` tells which. */
export type GatewayEvent = AnomalyEvent | SensorFault;
