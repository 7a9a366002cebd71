import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import S3rver from "s3rver";
import { onTestFinished } from "vitest";
import type { S3SinkOptions } from "../../../src/sinks/s3/index.ts";
import { tempFolder } from "../../temp-folder.ts";

/** The one account that s3rver knows. */
export const KEYS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

/** An upload that the server has seen. */
export interface Upload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A real S3 server on loopback, with a gate before it that can refuse. */
export interface S3Server {
  /** For a sink that stores into its bucket `plant`. */
  readonly options: S3SinkOptions;
  /** Requests in the order in which they came, refused ones too. */
  readonly uploads: readonly Upload[];
  /** Keys of what was stored, in that order, repetitions included. */
  readonly stored: readonly string[];
  /** Answers as `gate` does, where it answers. */
  refuse(gate: Gate | undefined): void;
  /** The object as it is stored. */
  read(key: string): Promise<Buffer>;
  /** Lines of JSON of an object. */
  readLines(key: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Says how to refuse an upload; `hang` never answers, `undefined` lets it pass. */
export type Gate = (upload: Upload, bytes: number) => Refusal | "hang" | undefined;

export interface Refusal {
  readonly status: number;
  /** The store's error code; a page without XML where absent. */
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts a server with an empty bucket `plant`; it is gone after the test. */
export async function startS3Server(): Promise<S3Server> {
  const s3rver = new S3rver({
    directory: tempFolder(),
    silent: true,
    configureBuckets: [{ name: "plant" }],
  });
  await s3rver.configureBuckets();
  const serve = s3rver.callback();
  const uploads: Upload[] = [];
  const stored: string[] = [];
  let gate: Gate | undefined;

  const server = createServer((request, response) => {
    if (request.method !== "PUT") return serve(request, response);
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    const key = decodeURIComponent(pathname.replace(/^\/[^/]+\//, ""));
    const upload = { key, headers: { ...request.headers } };
    uploads.push(upload);
    const refusal = gate?.(upload, Number(request.headers["content-length"]));
    if (refusal === "hang") return;
    if (refusal === undefined) {
      response.on("finish", () => response.statusCode === 200 && stored.push(key));
      return serve(request, response);
    }
    const { status, code, headers } = refusal;
    const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>refused</Message></Error>`;
    request.resume().on("end", () => {
      response.writeHead(status, headers).end(code === undefined ? "<html>no</html>" : xml);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { ...KEYS }, // which it marks
  });
  const read = async (key: string): Promise<Buffer> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: "plant", Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  return {
    options: { bucket: "plant", endpoint, credentials: KEYS },
    uploads,
    stored,
    refuse(next) {
      gate = next;
    },
    read,
    async readLines(key) {
      const bytes = await read(key);
      const text = key.endsWith(".gz") ? gunzipSync(bytes).toString() : bytes.toString();
      return text.split("\n").filter(Boolean);
    },
    stop,
  };
}
