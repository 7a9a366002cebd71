import protobuf from "protobufjs/light.js";

/** Types of metrics that are used here, with their numbers and the field of the message that holds such a value. */
const TYPES = {
  Int32: [3, "intValue"],
  Int64: [4, "longValue"],
  Double: [10, "doubleValue"],
  Boolean: [11, "booleanValue"],
  String: [12, "stringValue"],
  DateTime: [13, "longValue"],
} as const;

export interface Metric {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  /** `undefined` for none. Times in epoch milliseconds; whole numbers from 0 on. */
  readonly value: number | string | boolean | undefined;
  /** When it was so, in epoch milliseconds. */
  readonly timeMs: number;
}

/** As the original is written: a sequence number of 0 is there, while the default of protobufjs would leave it out. */
const PRESENCE_COUNTS = "proto2";

/** The fields of `sparkplug_b.proto` (Sparkplug 3.0, chapter 6) that are used here. */
const { root } = protobuf.Root.fromJSON({
  nested: {
    Metric: {
      edition: PRESENCE_COUNTS,
      oneofs: {
        value: {
          oneof: ["intValue", "longValue", "doubleValue", "booleanValue", "stringValue"],
        },
      },
      fields: {
        name: { id: 1, type: "string" },
        timestamp: { id: 3, type: "uint64" },
        datatype: { id: 4, type: "uint32" },
        isHistorical: { id: 5, type: "bool" },
        isNull: { id: 7, type: "bool" },
        intValue: { id: 10, type: "uint32" },
        longValue: { id: 11, type: "uint64" },
        doubleValue: { id: 13, type: "double" },
        booleanValue: { id: 14, type: "bool" },
        stringValue: { id: 15, type: "string" },
      },
    },
    Payload: {
      edition: PRESENCE_COUNTS,
      fields: {
        timestamp: { id: 1, type: "uint64" },
        metrics: { id: 2, type: "Metric", rule: "repeated" },
        seq: { id: 3, type: "uint64" },
      },
    },
  },
});
const payloadType = root.lookupType("Payload");

export interface PayloadOptions {
  /** When it is published, in epoch milliseconds. */
  readonly timeMs: number;
  /** Absent in a death certificate of a node. */
  readonly seq?: number;
  /** The values were so once, and are not what is now. */
  readonly isHistorical?: boolean;
}

/** Encodes a payload of Sparkplug B. */
export function encodePayload(metrics: readonly Metric[], options: PayloadOptions): Buffer {
  const { timeMs, seq, isHistorical = false } = options;
  const message = payloadType.create({
    timestamp: timeMs,
    metrics: metrics.map((metric) => encodeMetric(metric, isHistorical)),
    ...(seq !== undefined && { seq }),
  });
  return Buffer.from(payloadType.encode(message).finish());
}

function encodeMetric({ name, type, value, timeMs }: Metric, isHistorical: boolean): object {
  const [datatype, field] = TYPES[type];
  // A number that is none would break most hosts.
  const isNull = value === undefined || (typeof value === "number" && !Number.isFinite(value));
  return {
    name,
    timestamp: timeMs,
    // Could be left out in data; decoders that keep no list of births need it.
    datatype,
    ...(isHistorical && { isHistorical }),
    ...(isNull ? { isNull } : { [field]: value }),
  };
}

/** Whether a command sets the metric to true. What is no payload sets nothing. */
export function setsToTrue(command: Uint8Array, name: string): boolean {
  try {
    const { metrics } = payloadType.toObject(payloadType.decode(command), { arrays: true });
    return metrics.some(
      (metric: Record<string, unknown>) =>
        metric["name"] === name && metric["booleanValue"] === true,
    );
  } catch {
    return false;
  }
}
