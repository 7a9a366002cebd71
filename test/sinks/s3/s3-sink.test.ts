import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Label } from "../../../src/core/label.ts";
import { decodeMessage } from "../../../src/math/message-json.ts";
import { type S3Manifest, s3Sink } from "../../../src/sinks/s3/index.ts";
import {
  sampleCapture,
  sampleDrift,
  sampleEvent,
  sampleLabel,
  sampleSensorFault,
  sampleSummary,
} from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { type Gate, type S3Server, startS3Server } from "./s3-server.ts";
import { failure, store } from "./store-once.ts";

const running = new AbortController().signal;
const captures = ["a", "b", "c", "d"].map((id) => sampleCapture({ id }));

async function manifests(server: S3Server): Promise<readonly S3Manifest[]> {
  const keys = server.stored.filter((key) => key.includes("manifest/"));
  return Promise.all(keys.map(async (key) => JSON.parse(String(await server.read(key)))));
}

describe("s3Sink", () => {
  sinkContract(async () => {
    const server = await startS3Server();
    return {
      sink: s3Sink(server.options),
      received: async () => (await manifests(server)).flatMap(({ messages }) => messages),
      disconnect: () => server.stop(),
    };
  });

  it("stores captures so that they can be read back, cells that nobody knows included", async () => {
    const server = await startS3Server();
    await store(server.options, captures);
    const [key = ""] = server.stored;
    expect(key).toMatch(
      /^capture\/gateway=gateway-1\/machine=pump-1\/date=2023-11-14\/hour=22\/[0-9a-f]{64}\.jsonl\.gz$/,
    );
    const lines = await server.readLines(key);
    expect(lines.map((line) => decodeMessage(line))).toEqual(captures);
  });

  it("stores one object for each kind, machine and hour, below the prefix", async () => {
    const server = await startS3Server();
    await store({ ...server.options, prefix: "/hall 1/" }, [
      sampleCapture({ machine: "pump/2" }),
      sampleCapture({ id: "later", endMs: 1_700_003_604_000 }),
      sampleEvent(),
      sampleEvent({ revision: 1, phase: "closed" }),
      sampleSensorFault(),
      sampleDrift(),
      sampleSummary(),
      sampleLabel(),
      {
        kind: "losses",
        id: "loss-1",
        revision: 0,
        gateway: "gateway-1",
        queue: "s3",
        startMs: 1_700_000_000_000,
        endMs: 1_700_000_000_000,
        counts: [],
      },
    ]);
    const folders = server.stored.map((key) => key.replace(/\/[0-9a-f]{64}\./, " "));
    expect(folders.sort()).toEqual([
      "hall 1/anomaly/gateway=gateway-1/machine=pump-1/date=2023-11-14/hour=22 jsonl.gz",
      "hall 1/capture/gateway=gateway-1/machine=pump%2F2/date=2023-11-14/hour=22 jsonl.gz",
      "hall 1/capture/gateway=gateway-1/machine=pump-1/date=2023-11-14/hour=23 jsonl.gz",
      "hall 1/drift/gateway=gateway-1/machine=pump-1/date=2023-11-14/hour=22 jsonl.gz",
      "hall 1/label/gateway=gateway-1/machine=pump-1/date=2023-11-14/hour=22 jsonl.gz",
      "hall 1/losses/gateway=gateway-1/date=2023-11-14/hour=22 jsonl.gz",
      "hall 1/manifest/gateway=gateway-1/date=2023-11-14/hour=23 json",
      "hall 1/score-summary/gateway=gateway-1/machine=pump-1/date=2023-11-14/hour=23 jsonl.gz",
      "hall 1/sensor-fault/gateway=gateway-1/machine=pump-1/date=2023-11-14/hour=22 jsonl.gz",
    ]);
    expect(await manifests(server)).toMatchObject([{ count: 9, objects: { length: 8 } }]);
  });

  it("names in the manifest what was stored, with size and SHA-256 as it lies there", async () => {
    const server = await startS3Server();
    const event = sampleEvent({ id: "e", endMs: 1_700_000_005_000 });
    await store(server.options, [...captures, event]);
    const [manifest] = await manifests(server);
    expect(manifest).toMatchObject({
      version: 1,
      gateway: "gateway-1",
      count: 5,
      startMs: 1_700_000_000_000,
      endMs: 1_700_000_004_000,
      objects: [
        { kind: "capture", machine: "pump-1", count: 4, models: [captures[0]?.model] },
        { kind: "anomaly", machine: "pump-1", count: 1, models: [event.model] },
      ],
      messages: [
        ...captures.map(({ id }) => ({ id, revision: 0, object: 0 })),
        { id: "e", revision: 0, object: 1 },
      ],
    });
    expect(manifest).not.toHaveProperty("replay");
    for (const { key, bytes, sha256 } of manifest?.objects ?? []) {
      const object = await server.read(key);
      expect(object).toHaveLength(bytes);
      expect(createHash("sha256").update(object).digest("hex")).toBe(sha256);
    }
  });

  it("stores the manifest last, and none when an object is missing", async () => {
    const server = await startS3Server();
    const batch = [...captures, sampleEvent(), sampleLabel()];
    server.refuse(({ key }) => (key.startsWith("label/") ? { status: 500 } : undefined));
    await failure(store(server.options, batch));
    expect(await manifests(server)).toEqual([]);
    server.refuse(undefined);
    await store(server.options, batch);
    expect(server.stored.findIndex((key) => key.startsWith("manifest/"))).toBe(
      server.stored.length - 1,
    );
  });

  it("overwrites with a repetition what it stored before", async () => {
    const server = await startS3Server();
    await store(server.options, captures);
    await store(server.options, captures);
    expect(server.stored).toHaveLength(4);
    expect(new Set(server.stored).size).toBe(2);
    await store(server.options, captures.slice(1));
    expect(new Set(server.stored).size).toBe(4);
  });

  it("says in the manifest that a batch has waited", async () => {
    const server = await startS3Server();
    const sink = s3Sink(server.options);
    await sink.write(captures, running, { isReplay: true });
    await sink.close();
    expect(await manifests(server)).toMatchObject([{ replay: true }]);
  });

  it("gives each gateway a manifest of its own", async () => {
    const server = await startS3Server();
    await store(server.options, [sampleEvent(), sampleEvent({ gateway: "gateway-2" })]);
    const names = (await manifests(server)).map(({ gateway, count }) => ({ gateway, count }));
    expect(names).toEqual([
      { gateway: "gateway-1", count: 1 },
      { gateway: "gateway-2", count: 1 },
    ]);
  });

  it("sends no checksum that other stores refuse, and no encoding that clients would undo", async () => {
    const server = await startS3Server();
    await store(server.options, captures);
    const names = server.uploads.flatMap(({ headers }) => Object.keys(headers));
    expect(names.filter((name) => /checksum|trailer|content-encoding/.test(name))).toEqual([]);
  });

  it("takes everything unless it is told otherwise", () => {
    expect(s3Sink({ bucket: "plant" })).toMatchObject({
      name: "s3",
      kinds: expect.arrayContaining(["anomaly", "capture", "losses"]),
    });
    expect(s3Sink({ bucket: "plant", name: "lake", kinds: ["capture"] })).toMatchObject({
      name: "lake",
      kinds: ["capture"],
    });
  });
});

describe("s3Sink splits a batch that the store finds too large", () => {
  const tooLarge: Gate = (_, bytes) =>
    bytes > 4000 ? { status: 400, code: "EntityTooLarge" } : undefined;
  /** Random text, so that it stays as long when it is compressed. */
  const noted = (id: string, bytes: number): Label =>
    sampleLabel({ id, note: randomBytes(bytes).toString("base64") });

  it("and gives up a message that is so by itself", async () => {
    const server = await startS3Server();
    server.refuse(tooLarge);
    const labels = [noted("a", 10), noted("b", 2500), noted("poison", 9000), noted("c", 2500)];
    expect(await store(server.options, labels)).toEqual({
      rejected: [{ index: 2, reason: expect.stringContaining("EntityTooLarge") }],
      retry: [],
    });
    const delivered = (await manifests(server)).flatMap(({ messages }) => messages);
    expect(delivered.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it("and keeps only the rest when the store is gone in between", async () => {
    const server = await startS3Server();
    server.refuse((upload, bytes) =>
      server.stored.length >= 2 ? { status: 503, code: "SlowDown" } : tooLarge(upload, bytes),
    );
    expect(await store(server.options, [noted("a", 2500), noted("b", 2500)])).toEqual({
      rejected: [],
      retry: [1],
    });
  });
});
