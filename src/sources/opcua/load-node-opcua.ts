import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { OPCUAClientOptions } from "node-opcua-client";
import { loadPeer } from "../../load-peer.ts";

/** What both packages export alike. */
export type NodeOpcua = typeof import("node-opcua-client");

/** Where a client looks up whom to trust. */
export type CertificateStore = NonNullable<OPCUAClientOptions["clientCertificateManager"]>;

/**
 * Loads `node-opcua-client`, else `node-opcua`, and silences it: its loggers write to standard output, for the whole process.
 *
 * @throws {@link GatewayError} `DEPENDENCY_MISSING` when neither is installed.
 */
export async function loadNodeOpcua(): Promise<NodeOpcua> {
  const library = await import("node-opcua-client").catch(
    () => loadPeer("node-opcua-client", () => import("node-opcua")) as Promise<unknown>,
  );
  const { setDebugLogger, setErrorLogger, setWarningLogger } = library as NodeOpcua;
  for (const silence of [setDebugLogger, setErrorLogger, setWarningLogger]) silence(() => {});
  return library as NodeOpcua;
}

/**
 * Opens a certificate store that trusts nobody by itself, unlike the library's own in the user's home, which trusts everybody.
 *
 * Without `folder`, all clients of this process share one in the temporary directory, which lives as long as the process.
 */
export async function openCertificateStore(folder: string | undefined): Promise<CertificateStore> {
  const { OPCUACertificateManager } = await loadCertificateManager();
  const store = new OPCUACertificateManager({
    rootFolder: folder ?? (await temporaryFolder()),
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  await store.initialize();
  return store;
}

type CertificateManagerModule = Pick<typeof import("node-opcua"), "OPCUACertificateManager">;

/** Only `node-opcua` exports it; for `node-opcua-client` it is in a package of its own, next to it. */
async function loadCertificateManager(): Promise<CertificateManagerModule> {
  const here = createRequire(import.meta.url);
  try {
    const client = createRequire(here.resolve("node-opcua-client"));
    const url = pathToFileURL(client.resolve("node-opcua-certificate-manager"));
    return (await import(url.href)) as CertificateManagerModule;
  } catch {
    return loadPeer("node-opcua-certificate-manager", () => import("node-opcua"));
  }
}

// A certificate stands for the application, so one a process: making its key takes seconds on a small machine.
let shared: Promise<string> | undefined;

function temporaryFolder(): Promise<string> {
  shared ??= mkdtemp(join(tmpdir(), "wheeltapper-pki-")).then((folder) => {
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  });
  return shared;
}
