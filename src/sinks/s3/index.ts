export type { GatewayMessage } from "../../core/gateway-message.ts";
export type { MessageKind } from "../../core/message-kind.ts";
export type { ModelIdentity } from "../../core/model-card.ts";
export type { Secret } from "../secret.ts";
export type { Delivery, Rejection, Sink, WriteResult } from "../sink.ts";
export type { S3Manifest, S3ManifestMessage, S3ManifestObject } from "./manifest.ts";
export type { S3Answer } from "./s3-failure.ts";
export type { S3Credentials, S3SinkOptions } from "./s3-options.ts";
export { s3Sink } from "./s3-sink.ts";
