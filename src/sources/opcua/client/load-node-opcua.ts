import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { loadPeer } from "../../../load-peer.ts";

/** What both packages export alike. */
export type NodeOpcua = typeof import("node-opcua-client");

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

type CertificateManagerModule = Pick<typeof import("node-opcua"), "OPCUACertificateManager">;

/** The library's keeper of a folder of certificates. */
export type CertificateManager = InstanceType<CertificateManagerModule["OPCUACertificateManager"]>;

/** Only `node-opcua` exports it; for `node-opcua-client` it is in a package of its own, next to it. */
export async function loadCertificateManager(): Promise<CertificateManagerModule> {
  const here = createRequire(import.meta.url);
  try {
    const client = createRequire(here.resolve("node-opcua-client"));
    const url = pathToFileURL(client.resolve("node-opcua-certificate-manager"));
    return (await import(url.href)) as CertificateManagerModule;
  } catch {
    return loadPeer("node-opcua-certificate-manager", () => import("node-opcua"));
  }
}
