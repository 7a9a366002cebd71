import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type S3SinkOptions, s3Sink } from "../../../src/sinks/s3/index.ts";
import { sampleCapture } from "../../../src/testing/sample-messages.ts";
import { tempFolder } from "../../temp-folder.ts";
import { KEYS, startS3Server } from "./s3-server.ts";
import { failure, store } from "./store-once.ts";

const running = new AbortController().signal;
const captures = [sampleCapture()];

describe("s3Sink puts a batch off", () => {
  it("when the bucket is not there", async () => {
    const server = await startS3Server();
    const error = await failure(store({ ...server.options, bucket: "other" }, captures));
    expect(error).toMatchObject({
      code: "SINK_REJECTED",
      retryable: true,
      message: expect.stringMatching(
        /^bucket other at 127\.0\.0\.1:\d+ answered 404 NoSuchBucket$/,
      ),
      hint: expect.stringContaining("Create the bucket"),
      cause: { status: 404, code: "NoSuchBucket" },
    });
  });

  it("when the store does not know the keys, and shows none of them", async () => {
    const server = await startS3Server();
    const credentials = {
      accessKeyId: "AKIDSECRET",
      secretAccessKey: "s3cr3t",
      sessionToken: "t0k3n",
    };
    const error = await failure(store({ ...server.options, credentials }, captures));
    expect(error).toMatchObject({
      code: "SINK_REJECTED",
      retryable: true,
      cause: { status: 403, code: "InvalidAccessKeyId" },
      hint: expect.stringContaining("credentials"),
    });
    expect(`${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`).not.toMatch(
      /AKIDSECRET|s3cr3t|t0k3n/,
    );
  });

  it.each([
    { status: 403, code: "AccessDenied", hint: "s3:PutObject" },
    { status: 400, code: "ExpiredToken", hint: "Renew" },
    { status: 403, code: "RequestTimeTooSkewed", hint: "clock" },
    { status: 301, code: "PermanentRedirect", hint: "region" },
    { status: 503, code: "SlowDown", hint: "Wait" },
    { status: 400, code: "XMinioStorageFull", hint: "what the store says" },
  ])("when the store answers $status $code", async ({ hint, ...refusal }) => {
    const server = await startS3Server();
    server.refuse(() => refusal);
    const error = await failure(store(server.options, captures));
    expect(error).toMatchObject({
      code: "SINK_REJECTED",
      retryable: true,
      cause: refusal,
      hint: expect.stringContaining(hint),
    });
    expect(server.uploads).toHaveLength(1);
  });

  it("for as long as the store says", async () => {
    const server = await startS3Server();
    server.refuse(() => ({ status: 503, code: "SlowDown", headers: { "Retry-After": "17" } }));
    const { cause } = await failure(store(server.options, captures));
    expect(cause).toEqual({ status: 503, code: "SlowDown", retryAfterMs: 17_000 });
  });

  it("when a proxy answers in the store's place", async () => {
    const server = await startS3Server();
    server.refuse(() => ({ status: 502 }));
    const error = await failure(store(server.options, captures));
    expect(error).toMatchObject({ retryable: true, cause: { status: 502 } });
  });

  it("when the store does not answer in time", async () => {
    const server = await startS3Server();
    server.refuse(() => "hang");
    const error = await failure(store({ ...server.options, timeoutMs: 300 }, captures));
    expect(error).toMatchObject({
      code: "SINK_UNREACHABLE",
      retryable: true,
      message: expect.stringContaining("no answer within 300 ms"),
    });
  });

  it("at once when the gateway stops", async () => {
    const server = await startS3Server();
    server.refuse(() => "hang");
    const stopping = new AbortController();
    const write = failure(store(server.options, captures, stopping.signal));
    await vi.waitUntil(() => server.uploads.length > 0, { timeout: 20_000 });
    stopping.abort();
    expect(await write).toMatchObject({
      code: "SINK_UNREACHABLE",
      message: expect.stringContaining("the gateway stops"),
    });
  });

  it("when a secret is missing, and names where it was to be", async () => {
    const server = await startS3Server();
    const credentials = { ...KEYS, secretAccessKey: { env: "WHEELTAPPER_TEST_NO_SUCH_KEY" } };
    const error = await failure(store({ ...server.options, credentials }, captures));
    expect(error).toMatchObject({
      retryable: true,
      message: expect.stringContaining("WHEELTAPPER_TEST_NO_SUCH_KEY"),
    });
  });
});

it("takes keys that were renewed in their file without a restart", async () => {
  const server = await startS3Server();
  const file = join(tempFolder(), "key");
  writeFileSync(file, "old\n");
  const sink = s3Sink({ ...server.options, credentials: { ...KEYS, accessKeyId: { file } } });
  onTestFinished(() => sink.close());
  await failure(sink.write(captures, running));
  writeFileSync(file, `${KEYS.accessKeyId}\n`);
  expect(await sink.write(captures, running)).toEqual({ rejected: [], retry: [] });
});

describe("s3Sink refuses", () => {
  it.each([
    [{ bucket: "" }, "bucket"],
    [{ bucket: "plant", buckets: "x" }, "buckets"],
    [{ bucket: "plant", endpoint: "ftp://store" }, "endpoint"],
    [{ bucket: "plant", endpoint: "https://me:secret@store" }, "endpoint"],
    [{ bucket: "plant", timeoutMs: 0 }, "timeoutMs"],
    [{ bucket: "plant", kinds: [] }, "kinds"],
    [{ bucket: "plant", kinds: ["window"] }, "kinds"],
    [{ bucket: "plant", credentials: { accessKeyId: "a" } }, "secretAccessKey"],
    [{ bucket: "plant", credentials: { ...KEYS, secretAccessKey: "" } }, "secretAccessKey"],
  ])("%o and names the option", (options, option) => {
    try {
      s3Sink(options as S3SinkOptions);
      expect.unreachable("the options passed");
    } catch (error) {
      expect(error).toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(option),
      });
      expect(String(error)).not.toContain("secret@");
    }
  });
});
