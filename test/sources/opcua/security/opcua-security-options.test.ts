import { describe, expect, it } from "vitest";
import type { GatewayError } from "../../../../src/errors.ts";
import { type OpcuaSourceOptions, opcuaSource } from "../../../../src/sources/opcua/index.ts";

const options = {
  endpointUrl: "opc.tcp://10.0.0.5:4840",
  tags: [{ name: "a", nodeId: "ns=1;s=a" }],
};
const pkiFolder = "pki";
const user = { name: "op", password: "hunter2" };

function refused(wrong: object): GatewayError {
  try {
    opcuaSource({ ...options, ...wrong } as OpcuaSourceOptions);
  } catch (error) {
    return error as GatewayError;
  }
  throw new Error("was not refused");
}

describe("opcua security options", () => {
  it.each<[object, string]>([
    [
      { securityPolicy: "Basic128", pkiFolder },
      'securityPolicy must be one of None, Basic256Sha256, Aes128_Sha256_RsaOaep, Aes256_Sha256_RsaPss, Basic128Rsa15, Basic256, got "Basic128"',
    ],
    [
      { securityPolicy: "Basic256Sha256", securityMode: "sign", pkiFolder },
      'securityMode must be one of None, Sign, SignAndEncrypt, got "sign"',
    ],
    [
      { securityPolicy: "Basic256Sha256", securityMode: "None", pkiFolder },
      "securityMode None does not go with securityPolicy Basic256Sha256",
    ],
    [{ securityMode: "Sign" }, "securityMode Sign does not go with securityPolicy None"],
    [
      { serverFingerprint: "AB:CD" },
      'serverFingerprint must be a SHA-256 fingerprint of 64 hexadecimal digits, got "AB:CD"',
    ],
    [{ serverFingerprint: "ab".repeat(20) }, "got a SHA-1 thumbprint"],
    [
      { user: { certificateFile: "op.pem" }, pkiFolder },
      "user must hold texts as name and password, or as certificateFile and privateKeyFile",
    ],
    [{ user: { name: "op" }, pkiFolder }, "user must hold texts as name and password"],
    [{ user: { name: "", password: "x" }, pkiFolder }, "user must hold texts"],
    [{ user: "op:hunter2", pkiFolder }, "user"],
    [{ user: { ...user, domain: "works" }, pkiFolder }, 'there is no option "domain"'],
  ])("refuses %j", (wrong, message) => {
    const error = refused(wrong);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain(message);
    expect(`${error.message} ${error.hint}`).not.toContain("hunter2");
  });

  it.each(["Basic128Rsa15", "Basic256"])(
    "refuses %s, which rests on SHA-1, unless asked for",
    (securityPolicy) => {
      expect(refused({ securityPolicy, pkiFolder })).toMatchObject({
        code: "CONFIG_INVALID",
        message: `opcua 10.0.0.5:4840: securityPolicy ${securityPolicy} rests on SHA-1, which is broken`,
        hint: "Choose Basic256Sha256 or newer, or set allowSha1 for a device that has nothing better.",
      });
    },
  );

  it("takes Basic256 when asked for", () => {
    const source = opcuaSource({
      ...options,
      securityPolicy: "Basic256",
      allowSha1: true,
      pkiFolder,
    });
    expect(source.name).toBe("opcua 10.0.0.5:4840");
  });

  it.each([
    [{ securityPolicy: "Basic256Sha256" }, "securityPolicy Basic256Sha256"],
    [{ user }, "a user"],
  ])(
    "wants a folder for certificates that is kept, or the fingerprint of the server: %j",
    (wrong, what) => {
      expect(refused(wrong)).toMatchObject({
        code: "CONFIG_INVALID",
        message: `opcua 10.0.0.5:4840: ${what} needs pkiFolder: without it no server can be trusted, and this client has another certificate after every start`,
        hint: "Set pkiFolder to a folder that is kept.",
      });
      const serverFingerprint = "ab".repeat(32);
      for (const enough of [{ pkiFolder }, { serverFingerprint }]) {
        const source = opcuaSource({ ...options, ...wrong, ...enough } as OpcuaSourceOptions);
        expect(source.tags).toHaveLength(1);
      }
    },
  );
});
