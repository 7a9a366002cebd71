import { beforeAll, describe, expect, it } from "vitest";
import type { OpcuaTarget } from "../../../../src/sources/opcua/opcua-client.ts";
import {
  type CertificateStore,
  openCertificateStore,
} from "../../../../src/sources/opcua/security/certificate-store.ts";
import { checkSecurity } from "../../../../src/sources/opcua/security/opcua-security.ts";
import { sessionFailure } from "../../../../src/sources/opcua/security/session-failure.ts";
import { folderOfFile } from "../../../temp-folder.ts";

const pkiFolder = folderOfFile();
const security = checkSecurity("plc", { securityPolicy: "Basic256Sha256", pkiFolder });
const target = { endpointUrl: "opc.tcp://plc:4840", security } as OpcuaTarget;
const clocks =
  "Compare the clock of the server with that of this machine, and set the one that is wrong.";

let store: CertificateStore;
beforeAll(async () => {
  store = await openCertificateStore(pkiFolder);
});

describe("what an OPC UA server says when it refuses", () => {
  it("is traced to the clocks when it finds our certificate not valid now", () => {
    const cause = new Error("Error in open channel: BadCertificateTimeInvalid (0x80140000)");
    const error = sessionFailure(target, store.own, cause, "channel");
    expect(error).toMatchObject({ code: "SOURCE_REJECTED", retryable: true, hint: clocks });
    expect(error.message).toContain(`${store.own.certificateFile} (SHA-1 thumbprint`);
    expect(error.message).toMatch(/it is valid from \S+Z to \S+Z \(BadCertificateTimeInvalid\)$/);
  });

  it.each([
    ["BadInvalidTimestamp", true, clocks],
    ["BadNonceInvalid", true, clocks],
    [
      "BadSecurityModeRejected",
      false,
      "Set securityPolicy and securityMode to what the server offers.",
    ],
    [
      "BadShutdown",
      true,
      "Look up the status code in OPC UA Part 4, and see the log of the server.",
    ],
  ])("is told with what to do about it: %s", (code, retryable, hint) => {
    const error = sessionFailure(target, store.own, new Error(`Error ${code} (0x8)`), "session");
    expect(error).toMatchObject({ code: "SOURCE_REJECTED", retryable, hint });
    expect(error.message).toContain(code);
  });

  it("is no refusal when nobody answered", () => {
    const cause = new Error("connect ECONNREFUSED 127.0.0.1:4840");
    expect(sessionFailure(target, store.own, cause, "channel")).toMatchObject({
      code: "SOURCE_UNREACHABLE",
      retryable: true,
    });
  });
});
