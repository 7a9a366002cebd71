/** What a message is about; each kind has a type of its own, as `GatewayMessage` says. */
export type MessageKind =
  | "anomaly"
  | "sensor-fault"
  | "drift"
  | "capture"
  | "score-summary"
  | "label"
  | "losses";
