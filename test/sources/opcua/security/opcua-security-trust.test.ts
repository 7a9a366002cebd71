import { copyFile, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { CreateSessionResponse } from "node-opcua";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type OpcuaSourceOptions, opcuaSource } from "../../../../src/sources/opcua/index.ts";
import { folderOfFile, tempFolder } from "../../../temp-folder.ts";
import { goodReadings, hear, patience, status } from "../../hearing.ts";
import { breakableLine } from "../breakable-line.ts";
import {
  certificateManager,
  readCertificate,
  type SecureServer,
  secureServer,
  secureServerOfTest,
} from "./secure-server.ts";
import { whySilent } from "./why-silent.ts";

const folder = folderOfFile();
const day = 24 * 3_600_000;

let server: SecureServer;
let fingerprint: string;
beforeAll(async () => {
  server = await secureServer(join(folder, "server"));
  fingerprint = (await readCertificate(server.certificateFile)).fingerprint256;
});
afterAll(() => server.node.shutdown(0));

const defaults = () => ({
  endpointUrl: server.endpointUrl,
  tags: [{ name: "a", nodeId: "ns=1;s=a" }],
  samplingMs: 50,
  securityPolicy: "Basic256Sha256" as const,
  user: { name: "op", password: "secret" },
});
const source = (options: Partial<OpcuaSourceOptions>) =>
  opcuaSource({ ...defaults(), retryFirstMs: 100, retryMaxMs: 100, ...options });

/** Why the first attempt fails. */
const refusal = (options: Partial<OpcuaSourceOptions>) =>
  whySilent({ ...defaults(), pkiFolder: tempFolder(), ...options });

const good = [{ tag: "a", quality: "good", value: 1 }];

describe("opcua source and the certificate of the server", () => {
  it.each([
    ["with encryption", { securityPolicy: "Basic256Sha256" }],
    ["without, when a password is to be sent", { securityPolicy: "None" }],
  ] as const)(
    "never gives a password to a server that nobody trusts, %s",
    async (_how, options) => {
      const own = await secureServerOfTest(tempFolder());
      const pkiFolder = tempFolder();
      const reading = source({ endpointUrl: own.endpointUrl, pkiFolder, ...options });
      const heard = hear(reading);
      const asked = () => own.requests.get("GetEndpointsRequest") ?? 0;
      await expect.poll(asked, patience).toBeGreaterThan(4); // several attempts

      expect(own.requests.get("CreateSessionRequest")).toBeUndefined();
      expect(own.requests.get("ActivateSessionRequest")).toBeUndefined();
      expect(heard.every(({ quality }) => quality === "bad")).toBe(true);
    },
  );

  it("says which file to move where, and reads as soon as it is moved, without a restart", async () => {
    const pkiFolder = tempFolder();
    const reading = source({ pkiFolder });
    const heard = hear(reading);
    const { error } = await status(reading, "silent");
    const [name] = await readdir(join(pkiFolder, "rejected"));
    const file = join(pkiFolder, "rejected", name as string);
    const trusted = join(pkiFolder, "trusted/certs");
    expect(error).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: true,
      message: `opcua ${server.endpointUrl}: the server's certificate (CN=plc-1) is not trusted (BadCertificateUntrusted). Its SHA-256 fingerprint is ${fingerprint}`,
      hint: `Compare the fingerprint with that of the server, then move ${file} to ${trusted}.`,
    });
    expect(
      (await readCertificate(file)).raw.equals((await readCertificate(server.certificateFile)).raw),
    ).toBe(true);

    await rename(file, join(trusted, name as string));
    await expect.poll(() => heard.at(-1), patience).toMatchObject(good[0] as object);
  });

  it("is refused again once its certificate is taken out of the trusted ones", async () => {
    const pkiFolder = tempFolder();
    const { trustedFolder, rejectedFolder } = await certificateManager(pkiFolder);
    await copyFile(server.certificateFile, join(trustedFolder, "plc.der"));
    expect(await goodReadings(source({ pkiFolder }), 1)).toMatchObject(good);
    await rename(join(trustedFolder, "plc.der"), join(rejectedFolder, "plc.der"));
    expect(await refusal({ pkiFolder })).toMatchObject({ code: "SOURCE_REJECTED" });
  });

  it.each([
    ["as openssl prints it", (text: string) => text],
    ["without colons", (text: string) => text.replaceAll(":", "")],
    ["in small letters", (text: string) => text.toLowerCase()],
  ])("is known by its fingerprint alone, %s", async (_how, write) => {
    expect(await goodReadings(source({ serverFingerprint: write(fingerprint) }), 1)).toMatchObject(
      good,
    );
  });

  it("is refused for another fingerprint, even when its certificate is among the trusted ones", async () => {
    const pkiFolder = tempFolder();
    const { trustedFolder } = await certificateManager(pkiFolder);
    await copyFile(server.certificateFile, join(trustedFolder, "plc.pem"));
    const serverFingerprint = fingerprint.replace(/^../, (first) => (first === "00" ? "01" : "00"));
    const before = server.requests.get("CreateSessionRequest");
    expect(await refusal({ pkiFolder, serverFingerprint })).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: false,
      message: expect.stringContaining(
        `the SHA-256 fingerprint should be ${serverFingerprint}, got ${fingerprint}`,
      ),
    });
    expect(server.requests.get("CreateSessionRequest")).toBe(before);
  });

  it.each([
    ["has expired", { validFrom: new Date(Date.now() - 10 * day), validDays: 5 }],
    ["is not valid yet", { validFrom: new Date(Date.now() + 5 * day), validDays: 5 }],
  ])("is refused when it %s, and both clocks are suspected", async (what, validity) => {
    const own = await secureServerOfTest(tempFolder(), validity);
    const { fingerprint256 } = await readCertificate(own.certificateFile);
    const pkiFolder = tempFolder();
    const { trustedFolder } = await certificateManager(pkiFolder);
    await copyFile(own.certificateFile, join(trustedFolder, "plc.pem"));
    for (const trust of [{ pkiFolder }, { serverFingerprint: fingerprint256 }]) {
      const error = await refusal({ endpointUrl: own.endpointUrl, ...trust });
      expect(error).toMatchObject({
        code: "SOURCE_REJECTED",
        retryable: true,
        message: expect.stringMatching(
          new RegExp(
            `${what}: it is valid from \\S+Z to \\S+Z, and this machine's clock says \\S+Z$`,
          ),
        ),
        hint: expect.stringContaining("Check the clocks"),
      });
    }
    expect(own.requests.get("CreateSessionRequest")).toBeUndefined();
  });

  it("encrypts the password for the server that was trusted, not for the one that a session names", async () => {
    const stranger = await readCertificate(server.certificateFile);
    const own = await secureServerOfTest(tempFolder(), {
      tamper(response) {
        if (response instanceof CreateSessionResponse) response.serverCertificate = stranger.raw;
      },
    });
    const { fingerprint256 } = await readCertificate(own.certificateFile);
    const reading = source({
      endpointUrl: own.endpointUrl,
      securityPolicy: "None",
      serverFingerprint: fingerprint256,
    });
    // Encrypted for the stranger, this server could not read it, and would refuse the user.
    expect(await goodReadings(reading, 1)).toMatchObject(good);
  });

  it("keeps its session over a break, encrypted as before", async () => {
    const line = await breakableLine(Number(new URL(server.endpointUrl).port));
    onTestFinished(() => line.cut());
    const reading = source({
      endpointUrl: `opc.tcp://127.0.0.1:${line.port}`,
      serverFingerprint: fingerprint,
    });
    hear(reading);
    await status(reading, "live");
    const sessions = server.requests.get("CreateSessionRequest");
    await line.cut();
    await status(reading, "silent");
    await line.mend();
    await status(reading, "live");
    expect(server.requests.get("CreateSessionRequest")).toBe(sessions);
    expect(server.client.mode).toBe("SignAndEncrypt");
  });

  it("is not given the password when it comes back from a restart with another certificate", async () => {
    const own = await secureServerOfTest(tempFolder());
    const pkiFolder = tempFolder();
    const { trustedFolder } = await certificateManager(pkiFolder);
    await copyFile(own.certificateFile, join(trustedFolder, "plc.pem"));
    const reading = source({ endpointUrl: own.endpointUrl, pkiFolder, silenceMs: 2000 });
    hear(reading);
    await status(reading, "live");
    await own.stop();
    await status(reading, "silent");
    const activated = own.requests.get("ActivateSessionRequest");
    await own.renew();
    await own.start();
    const { fingerprint256 } = await readCertificate(own.certificateFile);
    await expect
      .poll(async () => (await status(reading, "silent")).error?.message, patience)
      .toContain(
        `is not trusted (BadCertificateUntrusted). Its SHA-256 fingerprint is ${fingerprint256}`,
      );
    expect(own.requests.get("ActivateSessionRequest")).toBe(activated);
  });
});
