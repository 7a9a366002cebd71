import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** PEM files of one party. */
export interface Identity {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority as a plant may have it; needs `openssl`. */
export interface Authority {
  readonly caFile: string;
  readonly ca: string;
  /** Issues a certificate for servers and clients alike. */
  issue(commonName: string, subjectAltName?: string): Identity;
}

/** @param folder an empty one */
export function authority(folder: string): Authority {
  const at = (name: string): string => join(folder, name);
  const [caFile, caKeyFile] = [at("ca.pem"), writeKey(at("ca-key.pem"))];
  openssl(
    ...["req", "-x509", "-key", caKeyFile, "-days", "30", "-subj", "/CN=Works CA"],
    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", caFile],
  );
  return {
    caFile,
    ca: readFileSync(caFile, "utf8"),
    issue(commonName, subjectAltName = "IP:127.0.0.1") {
      const keyFile = writeKey(at(`${commonName}-key.pem`));
      const [request, extensions] = [at("request.pem"), at("extensions.cnf")];
      const certFile = at(`${commonName}.pem`);
      writeFileSync(
        extensions,
        `subjectAltName = ${subjectAltName}\nextendedKeyUsage = serverAuth,clientAuth\n`,
      );
      openssl("req", "-new", "-key", keyFile, "-subj", `/CN=${commonName}`, "-out", request);
      openssl(
        ...["x509", "-req", "-in", request, "-CA", caFile, "-CAkey", caKeyFile],
        ...["-CAcreateserial", "-days", "20", "-extfile", extensions, "-out", certFile],
      );
      const [cert, key] = [readFileSync(certFile, "utf8"), readFileSync(keyFile, "utf8")];
      return { certFile, keyFile, cert, key };
    },
  };
}

function writeKey(file: string): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
  return file;
}

function openssl(...args: readonly string[]): void {
  const { PATH } = process.env;
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"], env: { PATH } });
}
