import { join } from "node:path";
import { inspect } from "node:util";
import {
  CreateSessionResponse,
  GetEndpointsResponse,
  MessageSecurityMode,
  SecurityPolicy,
  UserNameIdentityToken,
  UserTokenType,
} from "node-opcua";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { opcuaSource } from "../../../../src/sources/opcua/index.ts";
import { folderOfFile, tempFolder } from "../../../temp-folder.ts";
import { goodReadings, hear, patience, status } from "../../hearing.ts";
import { breakableLine } from "../breakable-line.ts";
import {
  readCertificate,
  type SecureServer,
  type SecureServerOptions,
  secureServer,
  secureServerOfTest,
} from "./secure-server.ts";
import { whySilent } from "./why-silent.ts";

const folder = folderOfFile();
const pkiFolder = join(folder, "client");
const good = [{ tag: "a", quality: "good", value: 1 }];

/** Of a server that wants secrets kept in this way only, on every endpoint. */
const wanting =
  (securityPolicyUri: SecurityPolicy) =>
  (response: object): void => {
    if (!(response instanceof GetEndpointsResponse)) return;
    const tokens = response.endpoints?.flatMap((endpoint) => endpoint.userIdentityTokens ?? []);
    for (const token of tokens ?? []) Object.assign(token, { securityPolicyUri });
  };

/** Of a server that takes passwords in the open as well, first. */
const wantingAnything = (response: object): void => {
  if (!(response instanceof GetEndpointsResponse)) return;
  for (const endpoint of response.endpoints ?? []) {
    const tokens = endpoint.userIdentityTokens ?? [];
    const byName = tokens.find(({ tokenType }) => tokenType === UserTokenType.UserName);
    if (byName === undefined || tokens[0]?.policyId === "plain") continue;
    const changed = { policyId: "plain", securityPolicyUri: SecurityPolicy.None };
    const plain = Object.assign(Object.create(Object.getPrototypeOf(byName)), byName, changed);
    endpoint.userIdentityTokens = [plain, ...tokens];
  }
};

/** Of a server, or somebody in between, that wants the password without encryption. */
const hidingItsCertificate = (response: object): void => {
  if (response instanceof CreateSessionResponse) {
    Object.assign(response, { serverCertificate: null });
  }
};

let server: SecureServer;
let serverFingerprint: string;
beforeAll(async () => {
  server = await secureServer(join(folder, "server"));
  serverFingerprint = (await readCertificate(server.certificateFile)).fingerprint256;
});
afterAll(() => server.node.shutdown(0));

const defaults = () => ({
  endpointUrl: server.endpointUrl,
  tags: [{ name: "a", nodeId: "ns=1;s=a" }],
  samplingMs: 50,
  pkiFolder,
  serverFingerprint,
  user: { name: "op", password: "secret" },
});

/** A server of the test's own, and the options of a source that trusts it. */
async function another(serverOptions: SecureServerOptions) {
  const own = await secureServerOfTest(tempFolder(), serverOptions);
  const { fingerprint256 } = await readCertificate(own.certificateFile);
  const { endpointUrl } = own;
  return { own, options: { ...defaults(), endpointUrl, serverFingerprint: fingerprint256 } };
}

const { None, Sign, SignAndEncrypt } = MessageSecurityMode;
const careless = {
  tamper: wanting(SecurityPolicy.None),
  modes: [None, Sign, SignAndEncrypt],
};

function passwordSeenBy({ client: { user } }: SecureServer): string | undefined {
  return user instanceof UserNameIdentityToken ? user.password.toString() : undefined;
}

describe("opcua source and its user", () => {
  it.each(["None", "Basic256Sha256"] as const)(
    "says that the server refuses the password, with %s, and shows it to nobody",
    async (securityPolicy) => {
      const password = "correct horse battery";
      const error = await whySilent({
        ...defaults(),
        securityPolicy,
        user: { name: "op", password },
      });
      expect(error).toMatchObject({
        code: "SOURCE_REJECTED",
        retryable: false,
        message: `opcua ${server.endpointUrl}: the server refuses the user "op" (BadUserAccessDenied)`,
        hint: "Check the name and the password, and that the server has not locked the account.",
      });
      const everything = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      expect(everything).not.toContain(password);
      expect(everything).not.toContain(
        Buffer.from(password)
          .toString("hex")
          .replaceAll(/..(?!$)/g, "$& "),
      );
      expect(passwordSeenBy(server)).not.toContain(password);
    },
  );

  it.each([
    ["without security", {}],
    ["when messages are only signed", { securityPolicy: "Basic256Sha256", securityMode: "Sign" }],
  ] as const)("never sends a password that can be read on the way, %s", async (_how, security) => {
    const { own, options } = await another(careless);
    expect(await whySilent({ ...options, ...security })).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: false,
      message: expect.stringMatching(
        /the server wants the user's secret under None, which does not protect it; nothing was sent$/,
      ),
    });
    expect(own.requests.get("CreateSessionRequest")).toBeUndefined();
  });

  it("never sends a password in the open to a server that hides its certificate", async () => {
    const { own, options } = await another({ tamper: hidingItsCertificate });
    expect(await goodReadings(opcuaSource(options), 1)).toMatchObject(good);
    expect(passwordSeenBy(own)).not.toContain("secret");
  });

  it("sends it inside an encrypted channel as the server wants it", async () => {
    const { own, options } = await another(careless);
    const reading = opcuaSource({ ...options, securityPolicy: "Basic256Sha256" });
    hear(reading);
    await expect.poll(() => passwordSeenBy(own), patience).toBe("secret");
    expect(own.client.mode).toBe("SignAndEncrypt");
  });

  it("sends it in the open when that was asked for", async () => {
    const { own, options } = await another(careless);
    const { pkiFolder: _, serverFingerprint: __, ...bare } = options;
    hear(opcuaSource({ ...bare, allowPlainPassword: true }));
    await expect.poll(() => passwordSeenBy(own), patience).toBe("secret");
  });

  it("does not encrypt a password with SHA-1 unless asked to", async () => {
    const { options } = await another({ tamper: wanting(SecurityPolicy.Basic256) });
    const error = await whySilent(options);
    expect(error?.message).toContain("wants the user's secret under Basic256, which");
  });

  it("chooses the strongest way that the server offers", async () => {
    const { own, options } = await another({ tamper: wantingAnything });
    expect(await goodReadings(opcuaSource(options), 1)).toMatchObject(good);
    expect(own.client.user?.policyId).not.toBe("plain");
    expect(passwordSeenBy(own)).not.toContain("secret");
  });

  it("does not lock its account by trying a changed password again and again after a break", async () => {
    let password = "secret";
    const { own, options } = await another({ password: () => password });
    const line = await breakableLine(Number(new URL(own.endpointUrl).port));
    onTestFinished(() => line.cut());
    const source = opcuaSource({
      ...options,
      endpointUrl: `opc.tcp://127.0.0.1:${line.port}`,
      retryFirstMs: 60_000,
      random: () => 1,
    });
    hear(source);
    await status(source, "live");
    await line.cut();
    password = "changed";
    await line.mend();
    const attempts = () => own.requests.get("ActivateSessionRequest") ?? 0;
    await expect.poll(attempts, patience).toBeGreaterThan(1);
    await expect
      .poll(async () => (await status(source, "silent")).error?.message, patience)
      .toContain('the server refuses the user "op"');
    const refused = attempts();
    await new Promise((resolve) => setTimeout(resolve, 3000)); // the library by itself tries every second
    expect(attempts()).toBe(refused);
    expect(refused).toBeLessThanOrEqual(3);
  });

  it("leaves no session behind: a server with room for one takes it again at once", async () => {
    const { own, options } = await another({ maxSessions: 1 });
    const reading = () => opcuaSource({ ...options, securityPolicy: "Basic256Sha256" });
    for (const _ of [1, 2, 3]) {
      expect(await goodReadings(reading(), 1)).toMatchObject(good);
      await expect.poll(() => own.sessions(), patience).toBe(0);
    }

    hear(reading());
    await expect.poll(() => own.sessions(), patience).toBe(1);
    expect(await whySilent(options)).toMatchObject({
      code: "SOURCE_REJECTED",
      retryable: true,
      message: expect.stringContaining("the server has no session left (BadTooManySessions)"),
    });
  });
});
