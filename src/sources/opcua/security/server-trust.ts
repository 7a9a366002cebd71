import { createHash, X509Certificate } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { GatewayError } from "../../../errors.ts";
import type { OpcuaTarget } from "../opcua-client.ts";
import type { CertificateStore } from "./certificate-store.ts";

/**
 * Lets pass only a server that somebody has decided to trust: by its fingerprint, by its certificate in `trusted/certs`, or by the
 * authority that issued it.
 *
 * The host name counts only for the last: whoever trusts one certificate means that one server, and servers often know themselves by another name
 * than their clients do.
 *
 * @param chain the server's certificate, and possibly those of its authorities behind it
 * @throws {@link GatewayError} `SOURCE_REJECTED` saying which file to move where.
 */
export async function requireTrusted(
  target: OpcuaTarget,
  store: CertificateStore,
  chain: Uint8Array,
): Promise<void> {
  const { serverFingerprint } = target.security;
  const certificate = readChain(target, chain);
  if (serverFingerprint === undefined) await requireKnownServer(target, store, certificate, chain);
  else requireFingerprint(target, serverFingerprint, certificate);
  requireValidNow(target, certificate);
}

/** What people compare: SHA-256, as openssl prints it. */
function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256;
}

function readChain(target: OpcuaTarget, chain: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(chain); // the first one
  } catch (cause) {
    const message = `opcua ${target.endpointUrl}: the server gives no certificate that can be read`;
    throw new GatewayError("SOURCE_REJECTED", message, {
      cause,
      hint: "Give the server a certificate.",
    });
  }
}

function requireFingerprint(
  target: OpcuaTarget,
  expected: string,
  certificate: X509Certificate,
): void {
  const got = fingerprintOf(certificate);
  if (got.replaceAll(":", "").toLowerCase() === expected) return;
  const wanted = expected.toUpperCase().replaceAll(/..(?!$)/g, "$&:");
  throw new GatewayError(
    "SOURCE_REJECTED",
    `${describe(target, certificate)} is not the expected one: the SHA-256 fingerprint should be ${wanted}, got ${got}`,
    {
      hint: "Find out whether the server got a new certificate, and only then set serverFingerprint to it.",
    },
  );
}

async function requireKnownServer(
  target: OpcuaTarget,
  store: CertificateStore,
  certificate: X509Certificate,
  chain: Uint8Array,
): Promise<void> {
  if (await liesIn(store.trustedFolder, certificate)) return;
  const status = await store.manager.verifyCertificate(Buffer.from(chain), {
    acceptCertificateWithValidIssuerChain: true,
  });
  if (status === "Good" || status === "BadCertificateTimeInvalid") {
    return requireHost(target, certificate);
  }
  const file = await putIn(store.rejectedFolder, certificate);
  const isIssued = certificate.issuer !== certificate.subject;
  const authority = `, or put the certificate and the revocation list of its authority into ${store.issuersFolder} and its neighbour crl, and the certificate into ${store.trustedFolder} as well`;
  throw new GatewayError(
    "SOURCE_REJECTED",
    `${describe(target, certificate)} is not trusted (${status}). Its SHA-256 fingerprint is ${fingerprintOf(certificate)}`,
    {
      retryable: true,
      hint: `Compare the fingerprint with that of the server, then move ${file} to ${store.trustedFolder}${isIssued ? authority : ""}.`,
    },
  );
}

function requireHost(target: OpcuaTarget, certificate: X509Certificate): void {
  const host = new URL(target.endpointUrl).hostname.replaceAll(/[[\]]/g, "");
  const matches = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host);
  if (matches !== undefined) return;
  throw new GatewayError(
    "SOURCE_REJECTED",
    `${describe(target, certificate)} was issued for another host: expected ${host}, got ${certificate.subjectAltName ?? "none"}`,
    {
      hint: "Use a name of the certificate in endpointUrl, or trust this one certificate by serverFingerprint or in trusted/certs.",
    },
  );
}

function requireValidNow(target: OpcuaTarget, certificate: X509Certificate): void {
  const wrong = timeTrouble(certificate);
  if (wrong === undefined) return;
  throw new GatewayError("SOURCE_REJECTED", `${describe(target, certificate)} ${wrong}`, {
    retryable: true,
    hint: "Check the clocks of this machine and of the server, then have the server make a new certificate.",
  });
}

/** Says from when to when a certificate is valid, if not now. */
export function timeTrouble({ validFromDate, validToDate }: X509Certificate): string | undefined {
  const now = new Date();
  if (validFromDate <= now && now < validToDate) return undefined;
  const what = now < validFromDate ? "is not valid yet" : "has expired";
  return `${what}: it is valid from ${validFromDate.toISOString()} to ${validToDate.toISOString()}, and this machine's clock says ${now.toISOString()}`;
}

function describe(target: OpcuaTarget, certificate: X509Certificate): string {
  const subject = certificate.subject.replaceAll(/\s+/g, ", ");
  return `opcua ${target.endpointUrl}: the server's certificate (${subject})`;
}

async function liesIn(folder: string, wanted: X509Certificate): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const bytes = await readFile(join(folder, name)).catch(() => Buffer.alloc(0));
    if (isSame(bytes, wanted)) return true;
  }
  return false;
}

function isSame(bytes: Buffer, wanted: X509Certificate): boolean {
  try {
    return new X509Certificate(bytes).raw.equals(wanted.raw);
  } catch {
    return false;
  }
}

/** Named as node-opcua does it. */
async function putIn(folder: string, certificate: X509Certificate): Promise<string> {
  const commonName = /CN=(.*)/.exec(certificate.subject)?.[1] ?? "server";
  const label = commonName.replaceAll(/[^\w. -]/g, "_").slice(0, 64);
  const file = join(folder, `${label}[${thumbprintOf(certificate)}].pem`);
  await writeFile(file, certificate.toString());
  return file;
}

/** What servers and other OPC UA tools show and name files by: SHA-1, good for finding a certificate, not for trusting one. */
export function thumbprintOf(certificate: X509Certificate): string {
  return createHash("sha1").update(certificate.raw).digest("hex");
}
