import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const program = "openssl";

/** A certificate authority as a plant may have it. */
export interface CertificateAuthority {
  readonly certificateFile: string;
  readonly revocationListFile: string;
  /** Issues a certificate for a key and a host, e.g. `IP:127.0.0.1` or `DNS:plc-1`. */
  issue(privateKeyFile: string, host: string, certificateFile: string): void;
}

export function hasOpenssl(): boolean {
  try {
    openssl("version");
    return true;
  } catch {
    process.stderr.write("skipped: openssl is not installed here\n");
    return false;
  }
}

export function certificateAuthority(folder: string): CertificateAuthority {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const certificateFile = at("ca.pem");
  const revocationListFile = at("crl.pem");
  const key = at("ca-key.pem");
  writeFileSync(at("index.txt"), "");
  writeFileSync(at("crlnumber"), "01\n");
  writeFileSync(
    at("ca.cnf"),
    `[ca]
default_ca = works
[works]
database = ${at("index.txt")}
crlnumber = ${at("crlnumber")}
default_md = sha256
default_crl_days = 30
`,
  );
  openssl(
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Works CA"],
    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    ...["-keyout", key, "-out", certificateFile],
  );
  openssl(
    ...["ca", "-gencrl", "-config", at("ca.cnf"), "-cert", certificateFile, "-keyfile", key],
    ...["-out", revocationListFile],
  );
  return {
    certificateFile,
    revocationListFile,
    issue(privateKeyFile, host, file) {
      const request = at("request.pem");
      const extensions = at("extensions.cnf");
      openssl("req", "-new", "-key", privateKeyFile, "-subj", "/CN=plc-1", "-out", request);
      writeFileSync(
        extensions,
        `subjectAltName = URI:urn:plc-1,${host}
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer
`,
      );
      openssl(
        ...["x509", "-req", "-in", request, "-CA", certificateFile, "-CAkey", key],
        ...["-CAcreateserial", "-days", "20", "-extfile", extensions, "-out", file],
      );
    },
  };
}

function openssl(...args: readonly string[]): void {
  const { PATH } = process.env; // and nothing else: the library leaves its own settings for openssl there
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"], env: { PATH } });
}
