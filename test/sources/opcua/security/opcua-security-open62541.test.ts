import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpcuaSourceOptions, opcuaSource } from "../../../../src/sources/opcua/index.ts";
import { openCertificateStore } from "../../../../src/sources/opcua/security/certificate-store.ts";
import { peerSkipReason } from "../../../peers/peer-skip-reason.ts";
import { launchPeer, type Peer, startPeer } from "../../../peers/start-peer.ts";
import { folderOfFile, tempFolder } from "../../../temp-folder.ts";
import { goodReadings, hear, patience, status } from "../../hearing.ts";
import { certificateManager, readCertificate } from "./secure-server.ts";
import { whySilent } from "./why-silent.ts";

const folder = folderOfFile();
const pkiFolder = join(folder, "client");
const certificate = join(folder, "server.der");
const key = join(folder, "server-key.der");

/** The server takes DER only. */
async function toDer(pem: string, der: string): Promise<void> {
  const text = await readFile(pem, "utf8");
  const [, body = ""] = /-----BEGIN[^-]+-----([^-]+)-----END/.exec(text) ?? [];
  await writeFile(der, Buffer.from(body, "base64"));
}

describe.skipIf(peerSkipReason("open62541"))("opcua source and open62541", () => {
  let peer: Peer;
  const endpointUrl = (of: Peer) => `opc.tcp://127.0.0.1:${of.port}`;
  const options = (more: Partial<OpcuaSourceOptions> = {}): OpcuaSourceOptions => ({
    endpointUrl: endpointUrl(peer),
    tags: [{ name: "t", nodeId: "ns=2;s=Temp" }],
    samplingMs: 50,
    pkiFolder,
    user: { name: "op", password: "secret" },
    securityPolicy: "Basic256Sha256",
    ...more,
  });

  beforeAll(async () => {
    const server = await certificateManager(join(folder, "server"));
    const pem = join(folder, "server.pem");
    await server.createSelfSignedCertificate({
      applicationUri: "urn:open62541.test.server",
      dns: ["localhost"],
      subject: "/CN=open62541",
      startDate: new Date(Date.now() - 60_000),
      validity: 365,
      outputFile: pem,
    });
    await toDer(pem, certificate);
    await toDer(server.privateKey, key);
    const { own, trustedFolder } = await openCertificateStore(pkiFolder);
    const client = join(folder, "client.der");
    await writeFile(client, own.certificate.raw);
    await copyFile(certificate, join(trustedFolder, "open62541.der"));
    peer = await launchPeer("open62541", (port) => [
      port,
      "secure",
      certificate,
      key,
      "trust",
      client,
    ]);
  });
  afterAll(() => peer?.kill());

  it.each(
    (["Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"] as const).flatMap(
      (policy) => (["Sign", "SignAndEncrypt"] as const).map((mode) => ({ policy, mode })),
    ),
  )("reads with $policy $mode", async ({ policy, mode }) => {
    const reading = opcuaSource(options({ securityPolicy: policy, securityMode: mode }));
    expect(await goodReadings(reading, 2)).toMatchObject([
      { quality: "good" },
      { quality: "good" },
    ]);
  });

  it("reads without security, anonymously", async () => {
    const open = await startPeer("open62541", (port) => [port]);
    const { user: _, ...anonymous } = options({
      endpointUrl: endpointUrl(open),
      securityPolicy: "None",
    });
    expect(await goodReadings(opcuaSource(anonymous), 1)).toMatchObject([{ quality: "good" }]);
  });

  it("names what it offers instead of what it has not", async () => {
    const error = await whySilent(options({ securityPolicy: "Basic256", allowSha1: true }));
    expect(error?.message).toMatch(
      /the server does not offer Basic256 SignAndEncrypt, only .*Aes256_Sha256_RsaPss SignAndEncrypt/,
    );
  });

  it("says that it does nothing without security", async () => {
    expect(await whySilent(options({ securityPolicy: "None" }))).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: false,
      message: expect.stringContaining(
        "the server refuses the security of this connection (BadSecurityPolicyRejected)",
      ),
    });
  });

  it("says what it did when the server hangs up before anything else", async () => {
    const hidden = await startPeer("open62541", (port) => [
      port,
      "secure",
      certificate,
      key,
      "hidden",
    ]);
    expect(await whySilent(options({ endpointUrl: endpointUrl(hidden) }))).toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringMatching(/, asked without security what the server offers$/),
    });
  });

  it("says that the password is wrong", async () => {
    expect(await whySilent(options({ user: { name: "op", password: "wrong" } }))).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: false,
      message: expect.stringMatching(/the server refuses the user "op" \(Bad\w+\)/),
    });
  });

  it("says that anonymous users are not taken", async () => {
    const { user: _, ...anonymous } = options();
    expect(await whySilent(anonymous)).toMatchObject({
      code: "SOURCE_REJECTED",
      message: expect.stringContaining("the server does not take anonymous users"),
    });
  });

  it("is trusted only after its file was moved", async () => {
    const fresh = tempFolder();
    const reading = opcuaSource(options({ pkiFolder: fresh, retryFirstMs: 100, retryMaxMs: 100 }));
    hear(reading);
    const { error } = await status(reading, "silent");
    const [, from = "", to = ""] = /move (.*) to (.*)\./.exec(error?.hint ?? "") ?? [];
    expect((await readCertificate(from)).raw.equals((await readCertificate(certificate)).raw)).toBe(
      true,
    );
    await rename(from, join(to, "moved.pem"));
    // Now it is the server that does not know us, which it says by hanging up.
    await expect
      .poll(async () => (await status(reading, "silent")).error?.message, patience)
      .toMatch(
        /the server closed the connection while the secure channel was opened.*client_certificate\.pem \(SHA-1 thumbprint [0-9a-f]{40}\)/,
      );
  });

  it("has its only session back as soon as the source is left", async () => {
    const small = await startPeer("open62541", (port) => [port, "sessions", 1]);
    const { user: _, ...anonymous } = options({
      endpointUrl: endpointUrl(small),
      securityPolicy: "None",
    });
    for (const _ of [1, 2, 3]) {
      expect(await goodReadings(opcuaSource({ ...anonymous, retryFirstMs: 50 }), 1)).toMatchObject([
        { quality: "good" },
      ]);
    }
  });
});
