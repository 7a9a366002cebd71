import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { ModelIdentity } from "../../core/model-card.ts";
import { encodeMessage } from "../../math/message-json.ts";
import { batchId, timeOf } from "../cloud-event.ts";
import type { Delivery } from "../sink.ts";
import type { S3Manifest, S3ManifestObject } from "./manifest.ts";

/** An object to be stored. */
export interface StoredObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** What a batch of one gateway becomes. */
export interface Shipment {
  readonly objects: readonly StoredObject[];
  /** To be stored when all objects are. */
  readonly manifest: StoredObject;
}

/**
 * Packs a batch: one object per gateway, kind, machine and hour, named after the batch, so that a repetition has the same names, and
 * one manifest per gateway.
 */
export async function packShipments(
  batch: readonly GatewayMessage[],
  prefix: string,
  delivery?: Delivery,
): Promise<readonly Shipment[]> {
  const gateways = Map.groupBy(batch, ({ gateway }) => gateway);
  return Promise.all(
    [...gateways.values()].map((messages) => packShipment(messages, prefix, delivery)),
  );
}

async function packShipment(
  messages: readonly GatewayMessage[],
  prefix: string,
  delivery?: Delivery,
): Promise<Shipment> {
  const id = batchId(messages);
  const keyOf = (message: GatewayMessage): string => `${prefix}${placeOf(message)}/${id}.jsonl.gz`;
  const groups = [...Map.groupBy(messages, keyOf)];
  const packed = await Promise.all(groups.map(([key, group]) => packObject(key, group)));
  const places = new Map(groups.map(([key], place) => [key, place]));
  const [{ gateway }] = messages as [GatewayMessage];
  const span = spanOf(messages);
  const manifest: S3Manifest = {
    version: 1,
    id,
    gateway,
    ...(delivery?.isReplay && { replay: true }),
    count: messages.length,
    ...span,
    objects: packed.map(({ entry }) => entry),
    messages: messages.map((message) => ({
      id: message.id,
      revision: message.revision,
      object: places.get(keyOf(message)) as number,
    })),
  };
  return {
    objects: packed.map(({ object }) => object),
    manifest: {
      key: `${prefix}manifest/${level("gateway", gateway)}/${hourOf(span.endMs)}/${id}.json`,
      body: Buffer.from(JSON.stringify(manifest)),
      contentType: "application/json",
    },
  };
}

interface PackedObject {
  readonly object: StoredObject;
  readonly entry: S3ManifestObject;
}

async function packObject(key: string, messages: readonly GatewayMessage[]): Promise<PackedObject> {
  const lines = messages.map((message) => `${encodeMessage(message)}\n`).join("");
  const body = await promisify(gzip)(lines);
  const [first] = messages as [GatewayMessage];
  const entry: S3ManifestObject = {
    key,
    kind: first.kind,
    ...("machine" in first && { machine: first.machine }),
    count: messages.length,
    bytes: body.length,
    sha256: createHash("sha256").update(body).digest("hex"),
    ...spanOf(messages),
    models: modelsOf(messages),
  };
  // No content encoding: a client that unpacks by itself would get other bytes than those of the SHA-256.
  return { object: { key, body, contentType: "application/gzip" }, entry };
}

/** The folders of a message, in the form `name=value` that Athena, Spark, DuckDB and pandas read as columns. */
function placeOf(message: GatewayMessage): string {
  const levels = [message.kind, level("gateway", message.gateway)];
  if ("machine" in message) levels.push(level("machine", message.machine));
  return [...levels, hourOf(timeOf(message))].join("/");
}

function hourOf(timeMs: number): string {
  const time = new Date(timeMs).toISOString();
  return `date=${time.slice(0, 10)}/hour=${time.slice(11, 13)}`;
}

function level(name: string, value: string): string {
  return `${name}=${encodeURIComponent(value)}`;
}

function spanOf(messages: readonly GatewayMessage[]): { startMs: number; endMs: number } {
  const times = messages.map((message) => timeOf(message));
  return { startMs: Math.min(...times), endMs: Math.max(...times) };
}

function modelsOf(messages: readonly GatewayMessage[]): readonly ModelIdentity[] {
  const models = messages.flatMap((message) => ("model" in message ? [message.model] : []));
  return [...new Map(models.map((model) => [model.sha256, model])).values()];
}
