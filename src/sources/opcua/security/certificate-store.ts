import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rename, stat } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "../../../errors.ts";
import { type CertificateManager, loadCertificateManager } from "../client/load-node-opcua.ts";

/** The folder of this client's own certificate and of those it trusts, laid out as node-opcua does it. */
export interface CertificateStore {
  readonly own: OwnCertificate;
  /** What somebody trusts explicitly lies here. */
  readonly trustedFolder: string;
  /** Servers nobody has decided on yet. */
  readonly rejectedFolder: string;
  /** Certificate authorities, which count when they are trusted as well. */
  readonly issuersFolder: string;
  readonly manager: CertificateManager;
  dispose(): Promise<void>;
}

export interface OwnCertificate {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  readonly certificate: X509Certificate;
  readonly applicationUri: string;
}

/** A server whose clock is behind must not take the certificate for one of the future. */
const BACKDATED_MS = 24 * 3_600_000;
const VALID_DAYS = 20 * 365;

/**
 * Opens a certificate store that trusts nobody by itself, unlike the library's own in the user's home, which trusts everybody, and makes this client's certificate
 * unless there is one.
 *
 * Without `folder`, all clients of this process share one in the temporary directory, which lives as long as the process.
 *
 * @throws {@link GatewayError} `FILE_UNWRITABLE` or `FILE_UNREADABLE` for a folder or a certificate that cannot be used.
 */
export async function openCertificateStore(folder: string | undefined): Promise<CertificateStore> {
  const { OPCUACertificateManager } = await loadCertificateManager();
  const rootFolder = folder ?? (await temporaryFolder());
  const open = async (): Promise<CertificateManager> => {
    const manager = new OPCUACertificateManager({
      rootFolder,
      automaticallyAcceptUnknownCertificate: false,
      disableFileWatchers: true,
    });
    await manager.initialize();
    await oneAfterTheOther(rootFolder, () => makeOwnCertificate(manager));
    return manager;
  };
  const manager = await open().catch((cause: unknown) => {
    throw new GatewayError("FILE_UNWRITABLE", `cannot keep certificates in ${rootFolder}`, {
      cause,
      hint: "Set pkiFolder to a folder that this process may write to.",
    });
  });
  return {
    own: await readOwnCertificate(manager),
    trustedFolder: manager.trustedFolder,
    rejectedFolder: manager.rejectedFolder,
    issuersFolder: manager.issuersCertFolder,
    manager,
    dispose: () => manager.dispose(),
  };
}

/** Where the library itself would put it. */
function ownFile(manager: CertificateManager): string {
  return join(manager.ownCertFolder, "client_certificate.pem");
}

async function makeOwnCertificate(manager: CertificateManager): Promise<void> {
  const file = ownFile(manager);
  const isThere = await stat(file).then(
    ({ size }) => size > 0,
    () => false,
  );
  if (isThere) return;
  const host = hostname();
  const draft = `${file}.${process.pid}`;
  await manager.createSelfSignedCertificate({
    applicationUri: `urn:${host}:wheeltapper`,
    dns: [host],
    subject: `/CN=wheeltapper@${host.slice(0, 50)}`,
    startDate: new Date(Date.now() - BACKDATED_MS),
    validity: VALID_DAYS,
    outputFile: draft,
  });
  await rename(draft, file);
}

async function readOwnCertificate(manager: CertificateManager): Promise<OwnCertificate> {
  const certificateFile = ownFile(manager);
  const privateKeyFile = manager.privateKey;
  const { certificate } = await readKeyPair(certificateFile, privateKeyFile);
  const applicationUri = /URI:([^,]+)/.exec(certificate.subjectAltName ?? "")?.[1];
  if (applicationUri !== undefined) {
    return { certificateFile, privateKeyFile, certificate, applicationUri };
  }
  throw new GatewayError(
    "FILE_UNREADABLE",
    `${certificateFile} names no application URI, which OPC UA servers ask for`,
    { hint: "Use a certificate with a URI in its subjectAltName." },
  );
}

/**
 * Reads a certificate, PEM or DER, with the key that it belongs to.
 *
 * @throws {@link GatewayError} `FILE_UNREADABLE` naming the file.
 */
export async function readKeyPair(
  certificateFile: string,
  privateKeyFile: string,
): Promise<{ readonly certificate: X509Certificate; readonly privateKey: KeyObject }> {
  const certificate = await readAs(
    certificateFile,
    "certificate",
    (bytes) => new X509Certificate(bytes),
  );
  const privateKey = await readAs(privateKeyFile, "private key", (bytes) =>
    createPrivateKey(bytes),
  );
  if (certificate.checkPrivateKey(privateKey)) return { certificate, privateKey };
  throw new GatewayError(
    "FILE_UNREADABLE",
    `the private key ${privateKeyFile} does not belong to the certificate ${certificateFile}`,
    { hint: "Put the two that belong together in place." },
  );
}

async function readAs<T>(file: string, what: string, parse: (bytes: Buffer) => T): Promise<T> {
  try {
    return parse(await readFile(file));
  } catch (cause) {
    throw new GatewayError("FILE_UNREADABLE", `cannot read ${file} as a ${what}`, {
      cause,
      hint: `Check that the file is there, that this process may read it, and that it holds a ${what} without a passphrase.`,
    });
  }
}

const queues = new Map<string, Promise<unknown>>();

/** Two sources that share a folder must not make two certificates. */
function oneAfterTheOther(folder: string, work: () => Promise<void>): Promise<void> {
  const done = (queues.get(folder) ?? Promise.resolve()).then(work, work);
  queues.set(folder, done);
  return done;
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
