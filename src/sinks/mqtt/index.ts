export type { IncomingLabel, LabelInput, LabelVerdict } from "../../core/label.ts";
export type { Secret } from "../secret.ts";
export type { MqttConnectionOptions, MqttTls } from "./connection-options.ts";
export { type MqttLabelsOptions, mqttLabels } from "./mqtt-labels.ts";
export { mqttSink } from "./mqtt-sink.ts";
export type {
  MqttCloudEventsOptions,
  MqttSinkOptions,
  MqttSparkplugOptions,
} from "./mqtt-sink-options.ts";
