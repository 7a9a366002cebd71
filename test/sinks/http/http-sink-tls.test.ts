import { createPrivateKey } from "node:crypto";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { httpSink } from "../../../src/sinks/http/http-sink.ts";
import type { HttpTls } from "../../../src/sinks/http/tls.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { hasOpenssl } from "../../sources/opcua/security/certificate-authority.ts";
import { folderOfFile, tempFolder } from "../../temp-folder.ts";
import { type Authority, authority, type Identity } from "../certificates.ts";
import { type Receiver, startReceiver } from "../receiver.ts";
import { failureOf } from "../write-failure.ts";

const running = new AbortController().signal;
const events = [sampleEvent({ id: "a" })];
const folder = folderOfFile();

describe.skipIf(!hasOpenssl())("httpSink over TLS", () => {
  let works: Authority;
  let others: Authority;
  let server: Identity;
  let gateway: Identity;
  let stranger: Identity;

  beforeAll(() => {
    const [ours, theirs] = [join(folder, "works"), join(folder, "others")];
    for (const place of [ours, theirs]) mkdirSync(place);
    works = authority(ours);
    others = authority(theirs);
    server = works.issue("cloud");
    gateway = works.issue("gateway-7");
    stranger = others.issue("stranger");
  });

  /** A receiver that takes nothing without a certificate of the works. */
  const startMutual = (): Promise<Receiver> =>
    startReceiver({
      ...{ cert: server.cert, key: server.key, ca: works.ca },
      ...{ requestCert: true, rejectUnauthorized: true },
    });

  it("trusts the authority that it is given, and shows its certificate", async () => {
    const receiver = await startMutual();
    const tls = {
      ca: { file: works.caFile },
      cert: { file: gateway.certFile },
      key: { file: gateway.keyFile },
    };
    const sink = httpSink({ url: receiver.url, tls });
    await sink.write(events, running);
    await sink.write(events, running);
    await sink.close();
    expect(receiver.requests.map(({ sender }) => sender)).toEqual(["gateway-7", "gateway-7"]);
    expect(new Set(receiver.requests.map(({ port }) => port)).size).toBe(1);
    expect(receiver.accepted).toHaveLength(2);
  });

  it("opens a key that is locked, with a passphrase from a file", async () => {
    const receiver = await startMutual();
    const place = tempFolder();
    const passphrase = { file: join(place, "passphrase") };
    writeFileSync(passphrase.file, "hunter2\n");
    const key = createPrivateKey(gateway.key).export({
      ...{ type: "pkcs8", format: "pem" },
      ...{ cipher: "aes-256-cbc", passphrase: "hunter2" },
    });
    const tls = { ca: works.ca, cert: gateway.cert, key: key.toString(), passphrase };
    await httpSink({ url: receiver.url, tls }).write(events, running);
    expect(receiver.requests[0]?.sender).toBe("gateway-7");

    writeFileSync(passphrase.file, "wrong-phrase");
    const error = await failureOf(httpSink({ url: receiver.url, tls }).write(events, running));
    expect(error).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    expect(error.hint).toContain("passphrase");
    expect(JSON.stringify([error, error.stack, String(error.cause)])).not.toContain("wrong-phrase");
  });

  it("shows a renewed certificate without a restart", async () => {
    const receiver = await startMutual();
    const place = tempFolder();
    const [cert, key] = [{ file: join(place, "cert.pem") }, { file: join(place, "key.pem") }];
    const sink = httpSink({ url: receiver.url, tls: { ca: works.ca, cert, key } });
    for (const identity of [gateway, works.issue("gateway-8")]) {
      copyFileSync(identity.certFile, cert.file);
      copyFileSync(identity.keyFile, key.file);
      await sink.write(events, running);
    }
    expect(receiver.requests.map(({ sender }) => sender)).toEqual(["gateway-7", "gateway-8"]);
  });

  it("may ask for another name than that of the address", async () => {
    const named = works.issue("named", "DNS:cloud.example");
    const receiver = await startReceiver({ cert: named.cert, key: named.key });
    const { url } = receiver;
    const wrong = httpSink({ url, tls: { ca: works.ca } });
    expect((await failureOf(wrong.write(events, running))).message).toContain("altnames");
    const right = httpSink({ url, tls: { ca: works.ca, servername: "cloud.example" } });
    await right.write(events, running);
    expect(receiver.accepted).toHaveLength(1);
  });

  it.each<{ what: string; tls: () => HttpTls; hint: string }>([
    { what: "whose authority nobody knows", tls: () => ({}), hint: "tls.ca" },
    { what: "of another authority", tls: () => ({ ca: others.ca }), hint: "tls.ca" },
    { what: "when the authority is none", tls: () => ({ ca: "nonsense" }), hint: "tls.ca" },
  ])("sends nothing to a receiver with a certificate $what", async ({ tls, hint }) => {
    const receiver = await startReceiver({ cert: server.cert, key: server.key });
    const sink = httpSink({ url: receiver.url, token: "hunter2", tls: tls() });
    const error = await failureOf(sink.write(events, running));
    expect(error).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    expect(error.hint).toContain(hint);
    expect(receiver.requests).toEqual([]);
  });

  it.each<{ what: string; tls: () => HttpTls }>([
    { what: "no certificate", tls: () => ({ ca: works.ca }) },
    {
      what: "one of another authority",
      tls: () => ({ ca: works.ca, cert: stranger.cert, key: stranger.key }),
    },
  ])("keeps the messages when it is refused because it shows $what", async ({ tls }) => {
    const receiver = await startMutual();
    const error = await failureOf(
      httpSink({ url: receiver.url, tls: tls() }).write(events, running),
    );
    expect(error).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    expect(receiver.requests).toEqual([]);
  });

  it.each<{ what: string; tls: () => HttpTls }>([
    { what: "a key of another certificate", tls: () => ({ cert: gateway.cert, key: server.key }) },
    { what: "a key that is none", tls: () => ({ cert: gateway.cert, key: "hunter2" }) },
  ])("says what does not fit: $what", async ({ tls }) => {
    const receiver = await startMutual();
    const sink = httpSink({ url: receiver.url, tls: tls() });
    const error = await failureOf(sink.write(events, running));
    expect(error).toMatchObject({ code: "SINK_UNREACHABLE", retryable: true });
    expect(error.hint).toContain("ca, cert, key and passphrase of tls");
    expect(JSON.stringify([error, error.stack, String(error.cause)])).not.toContain("hunter2");
  });
});
