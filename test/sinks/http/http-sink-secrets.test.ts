import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openOutbox } from "../../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../../src/outbox/store-and-forward.ts";
import type { HttpSinkOptions } from "../../../src/sinks/http/http-options.ts";
import { httpSink } from "../../../src/sinks/http/http-sink.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { tempFolder } from "../../temp-folder.ts";
import { startReceiver } from "../receiver.ts";
import { failureOf } from "../write-failure.ts";

const running = new AbortController().signal;
const events = [sampleEvent({ id: "a" })];

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Each holds `hunter2` where it must not be seen; `at` is the receiver. */
const KINDS: readonly { what: string; options: (at: string) => HttpSinkOptions }[] = [
  { what: "a token", options: (url) => ({ url, token: "hunter2" }) },
  { what: "a token from the environment", options: (url) => ({ url, token: { env: "HIDDEN" } }) },
  { what: "an API key", options: (url) => ({ url, headers: { "X-Api-Key": { env: "HIDDEN" } } }) },
  { what: "a header", options: (url) => ({ url, headers: { "X-Api-Key": "hunter2" } }) },
  { what: "a password in the url", options: (at) => ({ url: at.replace("//", "//me:hunter2@") }) },
  {
    what: "a password from the environment",
    options: (at) => ({ url: at.replace("//", "//me@"), password: { env: "HIDDEN" } }),
  },
  { what: "a path", options: (at) => ({ url: `${at}/hooks/hunter2` }) },
  { what: "a query", options: (at) => ({ url: `${at}?sig=hunter2&v=1` }) },
  {
    what: "a presigned url",
    options: (at) => ({ presign: async () => ({ url: `${at}?X-Amz-Signature=hunter2` }) }),
  },
  {
    what: "a header of a presigned url",
    options: (url) => ({ presign: async () => ({ url, headers: { "x-key": "hunter2" } }) }),
  },
];

/** Everything that a log could show of an error. */
const everything = (error: Error): string =>
  [inspect(error, { depth: 9 }), JSON.stringify(error), String(error.cause)].join("\n");

describe.each(KINDS)("$what of the HTTP sink", ({ options }) => {
  it("is sent, and not shown when the receiver says it again", async () => {
    vi.stubEnv("HIDDEN", "hunter2");
    const receiver = await startReceiver();
    receiver.answer((response, { headers, path }) => {
      const login = headers.authorization?.replace("Basic ", "") ?? "";
      const said = [path, JSON.stringify(headers), Buffer.from(login, "base64").toString("utf8")];
      response.writeHead(422).end(said.join(" "));
    });
    const sink = httpSink(options(receiver.url));
    const error = await failureOf(sink.write(events, running));
    const { path = "", headers = {} } = receiver.requests[0] ?? {};
    const login = Buffer.from((headers.authorization ?? "").replace("Basic ", ""), "base64");
    expect(`${path} ${JSON.stringify(headers)} ${login.toString("utf8")}`).toContain("hunter2");
    expect(error.message).toContain("answered 422: ");
    expect(everything(error)).not.toContain("hunter2");
    expect(everything(error)).not.toContain(btoa("me:hunter2"));
    expect(inspect(sink, { depth: 9, showHidden: true })).not.toContain("hunter2");
  });

  it("is not shown when the receiver is gone", async () => {
    vi.stubEnv("HIDDEN", "hunter2");
    const receiver = await startReceiver();
    await receiver.stop();
    const error = await failureOf(httpSink(options(receiver.url)).write(events, running));
    expect(error).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    expect(everything(error)).not.toContain("hunter2");
  });
});

describe("a secret that is missing", () => {
  it("keeps the messages, and is named", async () => {
    const receiver = await startReceiver();
    const sink = httpSink({ url: receiver.url, token: { env: "NOBODY_SET_THIS" } });
    const error = await failureOf(sink.write(events, running));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: true });
    expect(error.message).toContain("NOBODY_SET_THIS");
    expect(receiver.requests).toEqual([]);
  });

  it("keeps the messages when it cannot be a header, and is not shown", async () => {
    const receiver = await startReceiver();
    vi.stubEnv("HIDDEN", "hunter2\nx");
    const sink = httpSink({ url: receiver.url, token: { env: "HIDDEN" } });
    const error = await failureOf(sink.write(events, running));
    expect(error).toMatchObject({ code: "CONFIG_INVALID", retryable: true });
    expect(everything(error)).not.toContain("hunter2");
  });
});

describe("a token in a file", () => {
  it("that has run out is read again once it is renewed, and everything goes on", async () => {
    const folder = tempFolder();
    const token = { file: join(folder, "token") };
    writeFileSync(token.file, "old\n");
    const receiver = await startReceiver();
    receiver.answer((response, { headers }) => {
      response.writeHead(headers.authorization === "Bearer new" ? 204 : 401).end();
    });
    const outbox = openOutbox(join(folder, "events.db"));
    const sink = storeAndForward(httpSink({ url: receiver.url, token }), outbox, {
      retryFirstMs: 10,
      retryMaxMs: 50,
    });
    await sink.write(events, running);
    await expect
      .poll(() => sink.stats().lastError?.cause, { timeout: 15_000 })
      .toMatchObject({
        status: 401,
      });
    rmSync(token.file); // as a renewal may do for a moment
    await expect
      .poll(() => sink.stats().lastError?.code, { timeout: 15_000 })
      .toBe("FILE_UNREADABLE");
    writeFileSync(token.file, "new\n");
    await expect.poll(() => sink.stats().delivered, { timeout: 15_000 }).toBe(1);
    expect(sink.stats()).toMatchObject({ pending: 0, deadLetters: 0 });
    await sink.close();
    await outbox.close();
  });
});
