import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { IncomingLabel } from "../../src/core/label.ts";
import type { GatewayError } from "../../src/errors.ts";
import { type HttpLabelsOptions, httpLabels } from "../../src/truth/http-labels.ts";
import { START_MS } from "./labelled.ts";

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const TOKEN = "t0p-s3cret";
const limit = { timeout: 20_000 };
const label = (target: string) => ({ target, verdict: "fault", by: "mk", atMs: START_MS });

/** Answers with this list. */
const gives =
  (list: unknown, etag?: string): Answer =>
  (response) => {
    response.writeHead(200, { "content-type": "application/json", ...(etag && { etag }) });
    response.end(JSON.stringify(list));
  };

/** A real endpoint: gives each answer once, the last one for ever. */
async function startEndpoint(...answers: readonly Answer[]) {
  const requests: IncomingMessage[] = [];
  const waiting = [...answers];
  const server = createServer((request, response) => {
    requests.push(request);
    const answer = waiting.length > 1 ? waiting.shift() : waiting[0];
    answer?.(response, request);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await once(server.close(), "close");
  };
  onTestFinished(stop);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/labels?key=k3y-of-query`, requests, stop };
}

/** Listens for the rest of the test. */
function listen(
  url: string,
  options: Partial<HttpLabelsOptions> = {},
  keep = (label: IncomingLabel): void => label.done?.(),
) {
  const [labels, troubles]: [IncomingLabel[], GatewayError[]] = [[], []];
  let isOver = false;
  const subscription = httpLabels({
    url,
    pollMs: 5,
    onTrouble: (error) => troubles.push(error),
    ...options,
  }).subscribe({
    next(one) {
      labels.push(one);
      keep(one);
    },
    error: () => {
      isOver = true;
    },
    complete: () => {
      isOver = true;
    },
  });
  onTestFinished(() => subscription.unsubscribe());
  return {
    troubles,
    targets: () => labels.map(({ target }) => target),
    isOver: () => isOver,
    stop: () => subscription.unsubscribe(),
  };
}

describe("labels from an HTTP endpoint", () => {
  it("come as they are said, and are asked for from the last one on", async () => {
    const endpoint = await startEndpoint(
      gives([label("a"), label("b")], 'W/"7"'),
      (response) => response.writeHead(304).end(),
      gives([label("c")], '"8"'),
      (response) => response.writeHead(204).end(),
    );
    const { targets, troubles } = listen(endpoint.url, { token: TOKEN });
    await expect.poll(() => endpoint.requests.length, limit).toBeGreaterThan(3);
    expect(targets()).toEqual(["a", "b", "c"]);
    const asked = endpoint.requests.slice(0, 4).map(({ url = "", headers }) => ({
      after: new URL(url, endpoint.url).searchParams.get("after"),
      etag: headers["if-none-match"],
    }));
    expect(asked).toEqual([
      { after: null, etag: undefined },
      { after: "7", etag: 'W/"7"' },
      { after: "7", etag: 'W/"7"' },
      { after: "8", etag: '"8"' },
    ]);
    expect(endpoint.requests[0]?.headers).toMatchObject({
      accept: "application/json",
      authorization: `Bearer ${TOKEN}`,
    });
    expect(endpoint.requests[0]?.url).toBe("/labels?key=k3y-of-query");
    expect(troubles).toEqual([]);
  });

  it("are asked for again until all of an answer are kept, and emitted once", async () => {
    const endpoint = await startEndpoint(gives([label("a"), label("b")], '"7"'));
    const waiting: IncomingLabel[] = [];
    const { targets } = listen(endpoint.url, {}, (one) => void waiting.push(one));
    const cursors = () =>
      endpoint.requests.map(({ headers: { "if-none-match": cursor } }) => cursor);
    await expect.poll(() => endpoint.requests.length, limit).toBeGreaterThan(3);
    waiting[0]?.done?.();
    const before = endpoint.requests.length;
    await expect.poll(() => endpoint.requests.length, limit).toBeGreaterThan(before + 3);
    expect(new Set(cursors())).toEqual(new Set([undefined]));
    // The one that is kept may come again, the other one is still on its way.
    expect(targets().filter((target) => target === "b")).toEqual(["b"]);

    for (const one of waiting) one.done?.();
    await expect.poll(() => cursors().at(-1), limit).toBe('"7"');
  });

  it("are asked for from the beginning by every subscriber", async () => {
    const endpoint = await startEndpoint(gives([label("a")], '"1"'));
    for (const subscriber of [listen(endpoint.url), listen(endpoint.url)]) {
      await expect.poll(() => subscriber.targets().length, limit).toBeGreaterThan(0);
      subscriber.stop();
    }
    const first = endpoint.requests.filter(({ headers }) => !headers["if-none-match"]);
    expect(first.length).toBe(2);
  });

  it("are taken one by one: a wrong one is reported once, the others count", async () => {
    const list = [
      label("a"),
      { ...label("b"), verdict: "bad" },
      label("c"),
      { target: "d", verdict: "fault" },
    ];
    const endpoint = await startEndpoint(gives(list));
    const { targets, troubles } = listen(endpoint.url);
    await expect.poll(() => targets().slice(0, 4), limit).toEqual(["a", "c", "a", "c"]);
    expect(troubles.map(({ code }) => code)).toEqual(["LABEL_INVALID"]);
    expect(troubles[0]?.message).toMatch(/answered 4 labels, 2 of them none; label 2: .*verdict/);
  });

  it.each<{ name: string; answer: Answer; message: string | RegExp }>([
    {
      name: "500",
      answer: (response) => response.writeHead(500).end(TOKEN),
      message: "answered 500",
    },
    { name: "401", answer: (response) => response.writeHead(401).end(), message: "answered 401" },
    {
      name: "a redirect",
      answer: (response) => response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(),
      message: "answered 302",
    },
    { name: "garbage", answer: (response) => response.end("<html>"), message: "no JSON array" },
    { name: "an object", answer: gives({ labels: [] }), message: "no JSON array" },
    {
      name: "a body without end",
      answer: (response) => {
        const more = (): void =>
          void (response.destroyed || response.write(" ".repeat(65_536), more));
        more();
      },
      message: "more than 1048576 bytes",
    },
    { name: "a hang", answer: () => {}, message: "no answer within 200 ms" },
    {
      name: "a hang in mid body",
      answer: (response) => response.write("["),
      message: "no answer within",
    },
    { name: "a reset", answer: (response) => response.destroy(), message: "cannot reach" },
    {
      name: "a reset in mid body",
      answer: (response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("[", () => response.destroy());
      },
      message: "cannot reach",
    },
  ])("come again after $name, which is said once", async ({ name, answer, message }) => {
    const endpoint = await startEndpoint(answer, answer, gives([label("a")]));
    const { targets, troubles, isOver } = listen(endpoint.url, {
      token: TOKEN,
      ...(name.startsWith("a hang") && { timeoutMs: 200 }),
    });
    await expect.poll(() => targets()[0], limit).toBe("a");
    expect(troubles).toHaveLength(1);
    const [trouble] = troubles;
    expect(trouble?.message).toMatch(message);
    expect(trouble?.message).toContain(new URL(endpoint.url).host);
    expect(isOver()).toBe(false);
    const shown = [JSON.stringify(trouble), String(trouble), trouble?.stack, trouble?.cause].join();
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain("k3y-of-query");
  });

  it("come again when the endpoint is back", async () => {
    const gone = await startEndpoint(gives([]));
    await gone.stop();
    const { troubles, isOver } = listen(gone.url);
    await expect.poll(() => troubles.length, limit).toBe(1);
    expect(troubles[0]).toMatchObject({ code: "SOURCE_UNREACHABLE", retryable: true });
    expect(isOver()).toBe(false);
  });

  it("are not asked for before Retry-After is over", async () => {
    const endpoint = await startEndpoint(
      (response) => response.writeHead(429, { "retry-after": "1" }).end(),
      gives([label("a")]),
    );
    const startMs = Date.now();
    const { targets } = listen(endpoint.url);
    await expect.poll(() => targets()[0], limit).toBe("a");
    // Timers may fire a millisecond early by this clock.
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(990);
  });

  it("are no longer asked for by one who has stopped, not even in a request", async () => {
    const endpoint = await startEndpoint(() => {});
    const { stop, troubles } = listen(endpoint.url);
    await expect.poll(() => endpoint.requests.length, limit).toBe(1);
    stop();
    await expect.poll(() => endpoint.requests[0]?.destroyed, limit).toBe(true);
    expect(endpoint.requests).toHaveLength(1);
    expect(troubles).toEqual([]);
  });

  it("tell of a token that is missing, and of one that no header can have, without showing it", async () => {
    const endpoint = await startEndpoint(gives([label("a")]));
    for (const token of [{ env: "WHEELTAPPER_NO_SUCH_TOKEN" }, "sec\u0000ret"]) {
      const { troubles } = listen(endpoint.url, { token });
      await expect.poll(() => troubles.length, limit).toBe(1);
      expect(troubles[0]).toMatchObject({ code: "CONFIG_INVALID" });
      expect(troubles[0]?.message).not.toContain("ret\u0000");
      expect(String(troubles[0]?.cause)).not.toContain("ret");
    }
    expect(endpoint.requests).toEqual([]);
  });

  it.each([
    { url: "labels" },
    { url: "ftp://cloud.example/" },
    { url: "https://me:secret@cloud.example/" },
    { url: "https://cloud.example/", token: "" },
    { url: "https://cloud.example/", pollMs: 0 },
    { url: "https://cloud.example/", timeoutMs: 2 ** 31 },
    { url: "https://cloud.example/", every: 5 },
  ])("refuse %o at once, without a secret", (options) => {
    const made = (): unknown => httpLabels(options);
    expect(made).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    expect(made).not.toThrow("secret@");
  });
});
