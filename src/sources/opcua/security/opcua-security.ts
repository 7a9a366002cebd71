import { resolve } from "node:path";
import { GatewayError } from "../../../errors.ts";
import { requireKnown } from "../../../math/range-checks.ts";

/** How messages are signed and encrypted; the last two rest on SHA-1. */
export type OpcuaSecurityPolicy =
  | "None"
  | "Basic256Sha256"
  | "Aes128_Sha256_RsaOaep"
  | "Aes256_Sha256_RsaPss"
  | "Basic128Rsa15"
  | "Basic256";

export type OpcuaSecurityMode = "None" | "Sign" | "SignAndEncrypt";

/** Who the server takes this client for: an account, or the holder of a certificate. */
export type OpcuaUser =
  | { readonly name: string; readonly password: string }
  | {
      /** PEM or DER. */
      readonly certificateFile: string;
      /** PEM, not encrypted. */
      readonly privateKeyFile: string;
    };

export interface OpcuaSecurityOptions {
  /**
   * `Basic128Rsa15` and `Basic256` are refused without `allowSha1`.
   * @defaultValue `None`
   */
  readonly securityPolicy?: OpcuaSecurityPolicy;
  /** @defaultValue `SignAndEncrypt`; `None` with the policy `None` */
  readonly securityMode?: OpcuaSecurityMode;
  /** @defaultValue anonymous */
  readonly user?: OpcuaUser;
  /**
   * Where this client keeps its own certificate, made at the first start (`own/certs/client_certificate.pem`, with its key in
   * `own/private/private_key.pem`), and those of servers: a new one is put in `rejected`, and trusted once somebody has
   * moved it to `trusted/certs`; no restart is needed. Sources may share a folder: a certificate stands for the application.
   * @defaultValue a temporary folder, removed when the process ends
   */
  readonly pkiFolder?: string;
  /**
   * SHA-256 fingerprint of the only certificate that the server may have, in hexadecimal, with or without colons; nothing in
   * `trusted` counts then. `openssl x509 -in server.pem -noout -fingerprint -sha256` shows it.
   */
  readonly serverFingerprint?: string;
  /**
   * Whether to use policies that rest on SHA-1, which is broken.
   * @defaultValue false
   */
  readonly allowSha1?: boolean;
  /**
   * Whether to send a password that anybody on the network can read, when the server asks for it in that way.
   * @defaultValue false
   */
  readonly allowPlainPassword?: boolean;
}

/** Names of the options above, for those who take them together with their own. */
export const SECURITY_OPTIONS: readonly (keyof OpcuaSecurityOptions)[] = [
  "securityPolicy",
  "securityMode",
  "user",
  "pkiFolder",
  "serverFingerprint",
  "allowSha1",
  "allowPlainPassword",
];

/** The options above, checked and complete. */
export interface OpcuaSecurity {
  readonly policy: OpcuaSecurityPolicy;
  readonly mode: OpcuaSecurityMode;
  readonly user?: OpcuaUser;
  /** Absolute. */
  readonly pkiFolder?: string;
  /** 64 lower-case hexadecimal digits. */
  readonly serverFingerprint?: string;
  readonly allowSha1: boolean;
  readonly allowPlainPassword: boolean;
}

const policies: readonly OpcuaSecurityPolicy[] = [
  "None",
  "Basic256Sha256",
  "Aes128_Sha256_RsaOaep",
  "Aes256_Sha256_RsaPss",
  "Basic128Rsa15",
  "Basic256",
];
const modes: readonly OpcuaSecurityMode[] = ["None", "Sign", "SignAndEncrypt"];

/** Whether the policy, or that of a user token, rests on SHA-1. */
export function usesSha1(policy: string): boolean {
  return /^Basic(128|192|256)(Rsa15)?$/.test(policy);
}

/** For people: `Basic256Sha256 Sign`, or just `None`. */
export function securityName(security: { readonly policy: string; readonly mode: string }): string {
  return security.policy === "None" ? "None" : `${security.policy} ${security.mode}`;
}

/** @throws {@link GatewayError} `CONFIG_INVALID` for what is wrong, contradictory or careless. */
export function checkSecurity(owner: string, options: OpcuaSecurityOptions): OpcuaSecurity {
  const { securityPolicy: policy = "None", user, pkiFolder, serverFingerprint } = options;
  const { securityMode: mode = policy === "None" ? "None" : "SignAndEncrypt" } = options;
  const { allowSha1 = false, allowPlainPassword = false } = options;
  requireOneOf(owner, "securityPolicy", policy, policies);
  requireOneOf(owner, "securityMode", mode, modes);
  requireSense(owner, policy, mode, allowSha1);
  if (user !== undefined) requireUser(owner, user);
  const needsTrust = policy !== "None" || (user !== undefined && !allowPlainPassword);
  if (needsTrust && pkiFolder === undefined && serverFingerprint === undefined) {
    throw invalid(
      `${owner}: ${policy === "None" ? "a user" : `securityPolicy ${policy}`} needs pkiFolder: without it no server can be trusted, and this client has another certificate after every start`,
      "Set pkiFolder to a folder that is kept.",
    );
  }
  return {
    policy,
    mode,
    allowSha1,
    allowPlainPassword,
    ...(user !== undefined && { user }),
    ...(pkiFolder !== undefined && { pkiFolder: resolve(pkiFolder) }),
    ...(serverFingerprint !== undefined && {
      serverFingerprint: fingerprintOf(owner, serverFingerprint),
    }),
  };
}

function requireSense(
  owner: string,
  policy: OpcuaSecurityPolicy,
  mode: OpcuaSecurityMode,
  allowSha1: boolean,
): void {
  if ((policy === "None") !== (mode === "None")) {
    throw invalid(
      `${owner}: securityMode ${mode} does not go with securityPolicy ${policy}`,
      "Choose a policy other than None together with Sign or SignAndEncrypt.",
    );
  }
  if (usesSha1(policy) && !allowSha1) {
    throw invalid(
      `${owner}: securityPolicy ${policy} rests on SHA-1, which is broken`,
      "Choose Basic256Sha256 or newer, or set allowSha1 for a device that has nothing better.",
    );
  }
  if (policy !== "Basic128Rsa15" || decryptsRsa15(process.versions.openssl)) return;
  throw invalid(
    `${owner}: securityPolicy Basic128Rsa15 needs OpenSSL 3.2 or newer, this Node has ${process.versions.openssl}`,
    "Run on Node 24, or choose another policy.",
  );
}

/** Older ones give away the plain text by how they fail (CVE-2023-46809), so Node refuses to use them for it. */
function decryptsRsa15(openssl: string): boolean {
  const [major = 0, minor = 0] = openssl.split(".").map(Number);
  return major > 3 || (major === 3 && minor >= 2);
}

function requireOneOf<T>(owner: string, option: string, value: T, known: readonly T[]): void {
  if (known.includes(value)) return;
  throw invalid(
    `${owner}: ${option} must be one of ${known.join(", ")}, got ${JSON.stringify(value)}`,
  );
}

/** Values are not shown: one of them may be the password. */
function requireUser(owner: string, user: OpcuaUser): void {
  const fields: Readonly<Record<string, unknown>> = { ...user };
  const names = "name" in fields ? ["name", "password"] : ["certificateFile", "privateKeyFile"];
  requireKnown(`${owner}: user`, fields, names);
  const isWhole = names.every((name) => typeof fields[name] === "string");
  if (isWhole && fields[names[0] as string] !== "") return;
  throw invalid(
    `${owner}: user must hold texts as name and password, or as certificateFile and privateKeyFile`,
  );
}

function fingerprintOf(owner: string, text: string): string {
  const digits = String(text).replaceAll(/[:\s]/g, "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  const isSha1 = /^[0-9a-f]{40}$/.test(digits);
  throw invalid(
    `${owner}: serverFingerprint must be a SHA-256 fingerprint of 64 hexadecimal digits, got ${isSha1 ? "a SHA-1 thumbprint" : JSON.stringify(text)}`,
    "Run: openssl x509 -in server.pem -noout -fingerprint -sha256",
  );
}

function invalid(message: string, hint?: string): GatewayError {
  return new GatewayError("CONFIG_INVALID", message, hint === undefined ? {} : { hint });
}
