import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type OpcuaSourceOptions, opcuaSource } from "../../../../src/sources/opcua/index.ts";
import { folderOfFile, tempFolder } from "../../../temp-folder.ts";
import { goodReadings } from "../../hearing.ts";
import {
  type CertificateAuthority,
  certificateAuthority,
  hasOpenssl,
} from "./certificate-authority.ts";
import { certificateManager, readCertificate, secureServerOfTest } from "./secure-server.ts";
import { whySilent } from "./why-silent.ts";

const folder = folderOfFile();
const pkiFolder = join(folder, "client");

describe.runIf(hasOpenssl())("opcua source and the certificate authority of the plant", () => {
  let authority: CertificateAuthority;
  beforeAll(async () => {
    authority = certificateAuthority(join(folder, "ca"));
    const store = await certificateManager(pkiFolder);
    await copyFile(authority.certificateFile, join(store.issuersCertFolder, "works.pem"));
    await copyFile(authority.certificateFile, join(store.trustedFolder, "works.pem"));
    await copyFile(authority.revocationListFile, join(store.issuersCrlFolder, "works.crl.pem"));
  });

  async function serverOf(host: string) {
    const server = await secureServerOfTest(tempFolder(), {
      certify: (key, file) => authority.issue(key, host, file),
    });
    const options: OpcuaSourceOptions = {
      endpointUrl: server.endpointUrl,
      tags: [{ name: "a", nodeId: "ns=1;s=a" }],
      samplingMs: 50,
      securityPolicy: "Aes256_Sha256_RsaPss",
      pkiFolder,
    };
    return { server, options };
  }

  it("trusts every server that it has issued a certificate to", async () => {
    const { options } = await serverOf("IP:127.0.0.1");
    expect(await goodReadings(opcuaSource(options), 1)).toMatchObject([{ quality: "good" }]);
  });

  it("refuses one with the certificate of another host, unless that very certificate is trusted", async () => {
    const { server, options } = await serverOf("DNS:plc-2.works.example");
    expect(await whySilent(options)).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: false,
      message: `opcua ${server.endpointUrl}: the server's certificate (CN=plc-1) was issued for another host: expected 127.0.0.1, got URI:urn:plc-1, DNS:plc-2.works.example`,
    });
    expect(server.requests.get("CreateSessionRequest")).toBeUndefined();
    const { fingerprint256 } = await readCertificate(server.certificateFile);
    const pinned = opcuaSource({ ...options, serverFingerprint: fingerprint256 });
    expect(await goodReadings(pinned, 1)).toMatchObject([{ quality: "good" }]);
  });

  it("says what to put where for an authority that nobody trusts", async () => {
    const fresh = tempFolder();
    const { options } = await serverOf("IP:127.0.0.1");
    const error = await whySilent({ ...options, pkiFolder: fresh });
    expect(error).toMatchObject({ code: "SOURCE_REJECTED", retryable: true });
    expect(error?.message).toContain("is not trusted (BadCertificateChainIncomplete)");
    expect(error?.hint).toContain(join(fresh, "rejected"));
    expect(error?.hint).toContain(join(fresh, "issuers/certs"));
  });

  it("says so when the revocation list is missing", async () => {
    const fresh = tempFolder();
    const store = await certificateManager(fresh);
    await copyFile(authority.certificateFile, join(store.issuersCertFolder, "works.pem"));
    await copyFile(authority.certificateFile, join(store.trustedFolder, "works.pem"));
    const { options } = await serverOf("IP:127.0.0.1");
    const error = await whySilent({ ...options, pkiFolder: fresh });
    expect(error?.message).toMatch(/is not trusted \(BadCertificate\w*RevocationUnknown\)/);
    expect(error?.hint).toContain("revocation list");
  });
});
