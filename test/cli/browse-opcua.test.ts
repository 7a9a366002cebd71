import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { firstValueFrom, take, timeout, toArray } from "rxjs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Simulator, startSimulator } from "../../src/simulator/start-simulator.ts";
import { type OpcuaTag, opcuaSource } from "../../src/sources/opcua/index.ts";
import { type BrowsableServer, browsableServer } from "../sources/opcua/browse/browsable-server.ts";
import { secureServerOfTest } from "../sources/opcua/security/secure-server.ts";
import { folderOfFile, tempFolder } from "../temp-folder.ts";
import { runCli } from "./run-cli.ts";
import { yamlEntries } from "./yaml-entries.ts";

const folder = folderOfFile();
let skid: Simulator;
let server: BrowsableServer;
beforeAll(async () => {
  [skid, server] = await Promise.all([startSimulator(), browsableServer(folder)]);
}, 180_000);
afterAll(() => Promise.all([skid.stop(), server.close()]));

const browse = (url: string, ...words: readonly string[]) =>
  runCli("browse", url, "--timeout", "60s", ...words);

describe("wheeltapper browse opc.tcp", { timeout: 180_000 }, () => {
  it("shows the skid as a tree with types, units, ranges and values", async () => {
    const { code, stdout, stderr } = await browse(skid.opcuaUrl);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("13 variables");
    expect(stdout).toMatch(
      /^ {2}├ motorSpeed +Double +rpm +0 to 3600 +[\d.]+ +r +nsu=urn:wheeltapper:simulator;s=PumpSkid.motorSpeed$/m,
    );
    expect(stdout).not.toContain("ServerStatus");
  });

  it("prints tags with unit and range that a source reads as they stand", async () => {
    const { stdout } = await browse(skid.opcuaUrl, "--yaml");
    const tags = yamlEntries(stdout, "tags") as unknown as OpcuaTag[];
    expect(tags.map(({ name, unit, range }) => ({ name, unit, range }))).toEqual(
      skid.opcuaTags.map(({ name, unit, range }) => ({ name: `PumpSkid.${name}`, unit, range })),
    );
    const source = opcuaSource({ endpointUrl: skid.opcuaUrl, tags, timeoutMs: 60_000 });
    const readings = await firstValueFrom(
      source.readings.pipe(take(tags.length), toArray(), timeout(120_000)),
    );
    expect(readings.map(({ quality }) => quality)).toEqual(tags.map(() => "good"));
  });

  it("makes unique names, leaves out texts and properties, and marks arrays", async () => {
    const node = "nsu=urn:acme:line1;s=Line";
    const { stdout } = await browse(server.endpointUrl, "--yaml", "--node", node, "--depth", "2");
    const tags = yamlEntries(stdout, "tags");
    expect(tags.map(({ name }) => name).filter((name) => String(name).startsWith("Pump"))).toEqual([
      "Pump.pressure",
      "Pump.running",
      "Pump.starts",
      "Pump.running_2",
    ]);
    expect(stdout).toMatch(/^ {2}# array of 5 Double .*: \{ name: Pump.spectrum, /m);
  });

  it("stops at --max, and says so", async () => {
    const { stdout } = await browse(server.endpointUrl, "--max", "20");
    expect(stdout).toContain("There is more");
    const { hasMore } = JSON.parse(
      (await browse(server.endpointUrl, "--max", "20", "--json")).stdout,
    );
    expect(hasMore).toBe(true);
  });

  it("says which certificate to move where, and takes the password from a file or the environment, never from the arguments", async () => {
    const secure = await secureServerOfTest(join(tempFolder(), "server"));
    const pkiFolder = tempFolder();
    const passwordFile = join(tempFolder(), "password");
    await writeFile(passwordFile, "secret\n");
    const flags = ["--policy", "Basic256Sha256", "--user", "op", "--pki-folder", pkiFolder];
    const untrusted = await browse(secure.endpointUrl, ...flags, "--password-file", passwordFile);
    expect(untrusted.code).toBe(1);
    expect(untrusted.stderr).toContain(join(pkiFolder, "rejected"));
    expect(untrusted.stderr).toContain(join(pkiFolder, "trusted"));

    const [, moved = "", to = ""] =
      /(\/\S+rejected\/\S+\.\w+)[\s\S]*?(\/\S+trusted\/certs)/.exec(untrusted.stderr) ?? [];
    await rename(moved, join(to, "server.pem"));
    const fromFile = await browse(secure.endpointUrl, ...flags, "--password-file", passwordFile);
    expect(fromFile).toMatchObject({ code: 0, stdout: expect.stringContaining("ns") });

    const without = await browse(secure.endpointUrl, ...flags);
    expect(without).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("WHEELTAPPER_PASSWORD"),
    });
    vi.stubEnv("WHEELTAPPER_PASSWORD", "secret");
    const fromEnvironment = await browse(secure.endpointUrl, ...flags);
    vi.unstubAllEnvs();
    expect(fromEnvironment.code).toBe(0);
  });

  it.each([
    ["an option of the other protocol", ["--range", "0-9"], "--range means nothing for OPC UA"],
    ["a policy without a folder for certificates", ["--policy", "Basic256Sha256"], "pkiFolder"],
    [
      "half a user certificate",
      ["--user-key", "key.pem"],
      "--user-certificate and --user-key together",
    ],
  ])("refuses %s with exit code 2", async (_, words, message) => {
    const { code, stderr } = await browse("opc.tcp://127.0.0.1:4840", ...words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
