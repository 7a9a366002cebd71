import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { MessageSecurityMode, type OPCUACertificateManager, SecurityPolicy } from "node-opcua";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type OpcuaSecurityMode,
  type OpcuaSecurityPolicy,
  type OpcuaSourceOptions,
  type OpcuaUser,
  opcuaSource,
} from "../../../../src/sources/opcua/index.ts";
import { folderOfFile } from "../../../temp-folder.ts";
import { goodReadings, hear, status } from "../../hearing.ts";
import { certificateManager, type SecureServer, secureServer } from "./secure-server.ts";

const folder = folderOfFile();
const pkiFolder = join(folder, "client");
const holderFile = join(folder, "holder.pem");
const strangerFile = join(folder, "stranger.pem");
const tags = [{ name: "a", nodeId: "ns=1;s=a" }];

let server: SecureServer;
let careful: SecureServer;
let holder: OPCUACertificateManager;

beforeAll(async () => {
  const { None, Sign, SignAndEncrypt } = MessageSecurityMode;
  server = await secureServer(join(folder, "open"), {
    policies: [
      SecurityPolicy.None,
      SecurityPolicy.Basic256Sha256,
      SecurityPolicy.Aes128_Sha256_RsaOaep,
      SecurityPolicy.Aes256_Sha256_RsaPss,
      SecurityPolicy.Basic256,
      SecurityPolicy.Basic128Rsa15,
    ],
    modes: [None, Sign, SignAndEncrypt],
  });
  careful = await secureServer(join(folder, "careful"), {
    policies: [SecurityPolicy.Basic256Sha256],
    modes: [SignAndEncrypt],
    allowAnonymous: false,
  });
  const { trustedFolder } = await certificateManager(pkiFolder);
  await copyFile(server.certificateFile, join(trustedFolder, "open.pem"));
  await copyFile(careful.certificateFile, join(trustedFolder, "careful.pem"));

  holder = await certificateManager(join(folder, "holder"));
  for (const outputFile of [holderFile, strangerFile]) {
    await holder.createSelfSignedCertificate({
      applicationUri: "urn:holder",
      dns: [],
      subject: "/CN=holder",
      startDate: new Date(Date.now() - 60_000),
      validity: 365,
      outputFile,
    });
  }
  await copyFile(holderFile, join(server.users.trustedFolder, "holder.pem"));
  await server.users.reloadCertificates();
});
afterAll(() => Promise.all([server.node.shutdown(0), careful.node.shutdown(0)]));

const source = (options: Partial<OpcuaSourceOptions>) =>
  opcuaSource({ endpointUrl: server.endpointUrl, tags, samplingMs: 50, pkiFolder, ...options });

/** Why it is silent. */
async function refusal(options: Partial<OpcuaSourceOptions>) {
  const refused = source({ retryFirstMs: 60_000, random: () => 1, ...options });
  hear(refused);
  const { error } = await status(refused, "silent");
  return error;
}

const policies: readonly [OpcuaSecurityPolicy, OpcuaSecurityMode][] = [
  ["None", "None"],
  ["Basic256Sha256", "Sign"],
  ["Basic256Sha256", "SignAndEncrypt"],
  ["Aes128_Sha256_RsaOaep", "Sign"],
  ["Aes128_Sha256_RsaOaep", "SignAndEncrypt"],
  ["Aes256_Sha256_RsaPss", "Sign"],
  ["Aes256_Sha256_RsaPss", "SignAndEncrypt"],
  ["Basic256", "Sign"],
  ["Basic256", "SignAndEncrypt"],
  ["Basic128Rsa15", "Sign"],
  ["Basic128Rsa15", "SignAndEncrypt"],
];
/** Who, and the token that the server sees. */
const users: Readonly<Record<string, readonly [string, () => OpcuaUser | undefined]>> = {
  anonymous: ["AnonymousIdentityToken", () => undefined],
  "user and password": ["UserNameIdentityToken", () => ({ name: "op", password: "secret" })],
  "user certificate": [
    "X509IdentityToken",
    () => ({ certificateFile: holderFile, privateKeyFile: holder.privateKey }),
  ],
};
const table = policies.flatMap(([policy, mode]) =>
  Object.keys(users).map((who) => ({ policy, mode, who })),
);
const [, openssl = "0"] = /^3\.(\d+)/.exec(process.versions.openssl) ?? [];
const isRefusedByNode = (policy: string) => policy === "Basic128Rsa15" && Number(openssl) < 2;

describe("opcua source with security", () => {
  it.each(table.filter(({ policy }) => !isRefusedByNode(policy)))(
    "reads with $policy $mode as $who",
    async ({ policy, mode, who }) => {
      const [token, make] = users[who] as (typeof users)[string];
      const user = make();
      const reading = source({
        securityPolicy: policy,
        securityMode: mode,
        allowSha1: true,
        ...(user && { user }),
      });
      expect(await goodReadings(reading, 1)).toMatchObject([
        { tag: "a", quality: "good", value: 1 },
      ]);
      expect(server.client.policy).toBe(SecurityPolicy[policy]);
      expect(server.client.mode).toBe(mode);
      expect(server.client.user?.constructor.name).toBe(token);
    },
  );

  it.runIf(isRefusedByNode("Basic128Rsa15"))("says that this Node has no Basic128Rsa15", () => {
    expect(() => source({ securityPolicy: "Basic128Rsa15", allowSha1: true })).toThrow(
      "securityPolicy Basic128Rsa15 needs OpenSSL 3.2 or newer",
    );
  });

  it("signs and encrypts unless told otherwise", async () => {
    await goodReadings(source({ securityPolicy: "Aes256_Sha256_RsaPss" }), 1);
    expect(server.client.mode).toBe("SignAndEncrypt");
  });

  it("names what the server offers when it does not offer what was asked for", async () => {
    const error = await refusal({
      endpointUrl: careful.endpointUrl,
      securityPolicy: "Aes256_Sha256_RsaPss",
    });
    expect(error).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: false,
      message: `opcua ${careful.endpointUrl}: the server does not offer Aes256_Sha256_RsaPss SignAndEncrypt, only Basic256Sha256 SignAndEncrypt`,
      hint: "Set securityPolicy and securityMode to what the server offers.",
    });
    expect(await refusal({ endpointUrl: careful.endpointUrl })).toMatchObject({
      code: "SOURCE_REJECTED",
      message: expect.stringContaining("only Basic256Sha256 SignAndEncrypt"),
    });
  });

  it("says that the server takes no anonymous sessions, and whom it takes", async () => {
    const error = await refusal({
      endpointUrl: careful.endpointUrl,
      securityPolicy: "Basic256Sha256",
    });
    expect(error).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: false,
      message: `opcua ${careful.endpointUrl}: the server does not take anonymous users with Basic256Sha256 SignAndEncrypt, only name and password, user certificates`,
    });
    expect(careful.requests.get("CreateSessionRequest")).toBeUndefined();
  });

  it("says that the server does not trust the certificate of the user", async () => {
    const user = { certificateFile: strangerFile, privateKeyFile: holder.privateKey };
    const error = await refusal({ securityPolicy: "Basic256Sha256", user });
    expect(error).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: false,
      message: expect.stringMatching(
        /the server refuses the user certificate .*stranger\.pem \(Bad\w+\)$/,
      ),
      hint: "Have the server trust the user certificate, and give its holder the right to read.",
    });
  });

  it("says which file of the user cannot be used", async () => {
    const keyOfAnother = join(server.pki.rootDir, "own/private/private_key.pem");
    const user = { certificateFile: holderFile, privateKeyFile: keyOfAnother };
    expect(await refusal({ user })).toMatchObject({
      code: "FILE_UNREADABLE",
      message: `the private key ${keyOfAnother} does not belong to the certificate ${holderFile}`,
    });
    const missing = { certificateFile: join(folder, "no.pem"), privateKeyFile: keyOfAnother };
    expect(await refusal({ user: missing })).toMatchObject({
      code: "FILE_UNREADABLE",
      message: `cannot read ${missing.certificateFile} as a certificate`,
    });
  });
});
