import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OpcuaSourceOptions, opcuaSource } from "../../../../src/sources/opcua/index.ts";
import { openCertificateStore } from "../../../../src/sources/opcua/security/certificate-store.ts";
import { folderOfFile, tempFolder } from "../../../temp-folder.ts";
import { goodReadings, hear, patience, status } from "../../hearing.ts";
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

describe("opcua source and its own certificate", () => {
  it("makes it at the first start, keeps it, and says the same of itself as it", async () => {
    const pkiFolder = tempFolder();
    const file = join(pkiFolder, "own/certs/client_certificate.pem");
    const trust = { pkiFolder, serverFingerprint: fingerprint };
    await goodReadings(source(trust), 1);
    const made = await readCertificate(file);
    expect(made.subjectAltName).toContain(`URI:urn:${hostname()}:wheeltapper`);
    expect(server.client.applicationUri).toBe(`urn:${hostname()}:wheeltapper`);
    expect(server.client.certificate?.equals(made.raw)).toBe(true);
    // A server whose clock is an hour behind has to take it.
    expect(made.validFromDate.getTime()).toBeLessThan(Date.now() - 3_600_000);
    expect(made.validToDate.getTime()).toBeGreaterThan(Date.now() + 3650 * day);

    await goodReadings(source(trust), 1);
    expect((await readCertificate(file)).raw.equals(made.raw)).toBe(true);
  });

  it("is one for all sources that share the folder, even when they start at once", async () => {
    const pkiFolder = tempFolder();
    const stores = await Promise.all([1, 2, 3].map(() => openCertificateStore(pkiFolder)));
    const made = new Set(stores.map(({ own }) => own.certificate.fingerprint256));
    expect(made.size).toBe(1);
  });

  it("is the plant's own when that was put in place before", async () => {
    const pkiFolder = tempFolder();
    const plant = await certificateManager(pkiFolder);
    await plant.createSelfSignedCertificate({
      applicationUri: "urn:plant:gateway-7",
      dns: ["gateway-7"],
      subject: "/CN=gateway-7",
      startDate: new Date(Date.now() - day),
      validity: 365,
      outputFile: join(plant.ownCertFolder, "client_certificate.pem"),
    });
    await goodReadings(source({ pkiFolder, serverFingerprint: fingerprint }), 1);
    expect(server.client.applicationUri).toBe("urn:plant:gateway-7");
  });

  it("is told when it has expired, with the file to delete", async () => {
    const pkiFolder = tempFolder();
    const plant = await certificateManager(pkiFolder);
    const file = join(plant.ownCertFolder, "client_certificate.pem");
    await plant.createSelfSignedCertificate({
      applicationUri: "urn:plant:gateway-7",
      dns: [],
      subject: "/CN=gateway-7",
      startDate: new Date(Date.now() - 10 * day),
      validity: 5,
      outputFile: file,
    });
    expect(await refusal({ pkiFolder, serverFingerprint: fingerprint })).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: true,
      message: expect.stringContaining(`this client's own certificate ${file} has expired`),
      hint: expect.stringContaining("delete the file"),
    });
  });

  it("is told when it is no certificate", async () => {
    const pkiFolder = tempFolder();
    const { ownCertFolder } = await certificateManager(pkiFolder);
    const file = join(ownCertFolder, "client_certificate.pem");
    await writeFile(file, "not a certificate");
    expect(await refusal({ pkiFolder })).toMatchObject({
      code: "FILE_UNREADABLE",
      message: `cannot read ${file} as a certificate`,
    });
  });

  it("is named, with its thumbprint, when the server does not trust it, and works once the server does", async () => {
    const own = await secureServerOfTest(tempFolder(), { trustsClients: false });
    const { fingerprint256 } = await readCertificate(own.certificateFile);
    const pkiFolder = tempFolder();
    const file = join(pkiFolder, "own/certs/client_certificate.pem");
    const reading = source({
      endpointUrl: own.endpointUrl,
      pkiFolder,
      serverFingerprint: fingerprint256,
    });
    const heard = hear(reading);
    const { error } = await status(reading, "silent");
    const thumbprint = (await readCertificate(file)).fingerprint.replaceAll(":", "").toLowerCase();
    expect(error).toMatchObject({ code: "SOURCE_REJECTED", retryable: true });
    expect(error?.message).toContain(
      "the server closed the connection while the secure channel was opened",
    );
    expect(error?.message).toContain(
      `this client's certificate ${file} (SHA-1 thumbprint ${thumbprint})`,
    );
    expect(error?.hint).toContain(
      "move the certificate with this thumbprint from rejected to trusted",
    );
    expect(own.requests.get("CreateSessionRequest")).toBeUndefined();

    await own.pki.trustCertificate((await readCertificate(file)).raw);
    await expect.poll(() => heard.at(-1), patience).toMatchObject(good[0] as object);
  });

  it("goes into a folder that can be written, or the error names the folder", async () => {
    const blocked = join(tempFolder(), "file");
    await writeFile(blocked, "");
    expect(await refusal({ pkiFolder: join(blocked, "pki") })).toMatchObject({
      code: "FILE_UNWRITABLE",
      message: `cannot keep certificates in ${join(blocked, "pki")}`,
      hint: "Set pkiFolder to a folder that this process may write to.",
    });
  });
});
