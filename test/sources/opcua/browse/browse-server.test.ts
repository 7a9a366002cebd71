import { once } from "node:events";
import { readdir, rename } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  type BrowsedNode,
  browseServer,
  type ServerBrowse,
  type ServerFindings,
} from "../../../../src/sources/opcua/browse/browse-server.ts";
import { folderOfFile, tempFolder } from "../../../temp-folder.ts";
import { secureServerOfTest } from "../security/secure-server.ts";
import { type BrowsableServer, browsableServer, MANY } from "./browsable-server.ts";

const folder = folderOfFile();
let server: BrowsableServer;
beforeAll(async () => {
  server = await browsableServer(folder);
}, 120_000);
afterAll(() => server.close());

const browse = (options: Partial<ServerBrowse> = {}): Promise<ServerFindings> =>
  browseServer({
    endpointUrl: server.endpointUrl,
    depth: 20,
    max: 10_000,
    server: false,
    timeoutMs: 30_000,
    ...options,
  });

function find(node: BrowsedNode, ...path: readonly string[]): BrowsedNode {
  return path.reduce((at, name) => {
    const child = at.children.find((one) => one.name === name);
    if (!child) throw new Error(`no ${name} in ${at.children.map((one) => one.name).join()}`);
    return child;
  }, node);
}

describe("browsing an OPC UA server", { timeout: 120_000 }, () => {
  it("shows objects and variables with type, unit, range, value and access", async () => {
    const { root, hasMore } = await browse();
    expect(hasMore).toBe(false);
    const pump = find(root, "Line", "Pump");
    expect(find(pump, "pressure")).toMatchObject({
      nodeId: "nsu=urn:acme:line1;s=Pump.pressure",
      variable: { type: "Float", isNumeric: true, unit: "bar", range: [-1, 16], value: 4.5 },
      children: [],
    });
    expect(find(pump, "running").variable).toMatchObject({
      type: "Boolean",
      value: true,
      access: ["read"],
    });
    expect(find(pump, "starts").variable).toMatchObject({ type: "Int64", value: 2 ** 32 + 5 });
    expect(find(pump, "label").variable).toMatchObject({ value: "P-101", isNumeric: false });
    expect(find(pump, "spectrum").variable).toMatchObject({
      isArray: true,
      length: 5,
      value: [1, 2, 3, 4, 5],
    });
    expect(find(pump, "secret").variable).toMatchObject({
      access: ["write"],
      status: expect.stringMatching(/^Bad/),
    });
    expect(find(pump, "SerialNumber")).toMatchObject({ isProperty: true });
  });

  it("goes round a circle once", async () => {
    const { root } = await browse();
    expect(find(root, "Line", "Pump").children.map(({ name }) => name)).not.toContain("Line");
  });

  it("keeps to the server's limits, and follows continuation points to the end of a long folder", async () => {
    const { root } = await browse();
    const many = find(root, "Line", "Many").children;
    expect(many.map(({ variable }) => variable?.value)).toEqual(
      Array.from({ length: MANY }, (_, index) => index),
    );
    expect(Math.max(...server.calls.browse)).toBeLessThanOrEqual(7);
    expect(Math.max(...server.calls.read)).toBeLessThanOrEqual(30);
    expect(server.calls.browseNext.length).toBeGreaterThan(0);
  });

  it("leaves out what every server says of itself, unless asked for", async () => {
    const without = await browse({ max: 30 });
    expect(without.root.children.map(({ name }) => name)).toEqual(["Line"]);
    const within = await browse({ server: true, depth: 1 });
    expect(within.root.children.map(({ name }) => name)).toContain("Server");
  });

  it("stops at the depth and at the number of nodes, and says that there is more", async () => {
    const shallow = await browse({ depth: 2 });
    expect(shallow).toMatchObject({ hasMore: true });
    expect(find(shallow.root, "Line", "Pump").children).toEqual([]);
    const few = await browse({ max: 5 });
    expect(few.hasMore).toBe(true);
  });

  it.each(["nsu=urn:acme:line1;s=Pump", "ns=2;s=Pump"])("begins at %s", async (node) => {
    const { root } = await browse({ node });
    expect(root.name).toBe("Pump");
    expect(find(root, "pressure").variable?.unit).toBe("bar");
  });

  it("says a single variable with its unit", async () => {
    const { root } = await browse({ node: "nsu=urn:acme:line1;s=Pump.pressure" });
    expect(root).toMatchObject({ variable: { unit: "bar", value: 4.5 }, children: [] });
  });

  it.each([
    ["nsu=urn:nobody;s=Pump", /no namespace urn:nobody, only .*urn:acme:line1/, "CONFIG_INVALID"],
    ["pump one", /must look like nsu=/, "CONFIG_INVALID"],
    ["ns=2;s=Nothing", /there is no node ns=2;s=Nothing/, "SOURCE_REJECTED"],
  ])("refuses to begin at %s", async (node, message, code) => {
    await expect(browse({ node })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("trusts no server by itself, says which file to move, and goes on when that was done", async () => {
    const secure = await secureServerOfTest(join(tempFolder(), "server"));
    const pkiFolder = tempFolder();
    const options = {
      endpointUrl: secure.endpointUrl,
      securityPolicy: "Basic256Sha256",
      user: { name: "op", password: "secret" },
      pkiFolder,
    } as const;
    const refusal: unknown = await browse(options).catch((error: unknown) => error);
    expect(refusal).toMatchObject({
      code: "SOURCE_REJECTED",
      hint: expect.stringContaining(join(pkiFolder, "rejected")),
    });
    const [file] = await readdir(join(pkiFolder, "rejected"));
    await rename(
      join(pkiFolder, "rejected", String(file)),
      join(pkiFolder, "trusted", "certs", String(file)),
    );
    const { root } = await browse(options);
    expect(find(root, "a").variable?.value).toBe(1);
    expect(secure.client.mode).toBe("SignAndEncrypt");
  });

  it("gives up a server that accepts the connection and says nothing", async () => {
    const mute = createServer().listen(0, "127.0.0.1");
    await once(mute, "listening");
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as AddressInfo;
    const endpointUrl = `opc.tcp://127.0.0.1:${port}`;
    await expect(browse({ endpointUrl, timeoutMs: 500 })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringContaining("no answer within 500 ms"),
    });
  });
});
