import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { GatewayError } from "../../errors.ts";
import type {
  OpcuaSecurityMode,
  OpcuaSecurityOptions,
  OpcuaSecurityPolicy,
  OpcuaUser,
} from "../../sources/opcua/security/opcua-security.ts";

/** Where the password is when it is in no file. Arguments can be read by everybody on the machine. */
const PASSWORD_VARIABLE = "WHEELTAPPER_PASSWORD";

/** The options of an OPC UA source for security, as flags. */
export interface SecurityFlags {
  readonly policy?: OpcuaSecurityPolicy;
  readonly mode?: OpcuaSecurityMode;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly userCertificate?: string;
  readonly userKey?: string;
  readonly pkiFolder?: string;
  readonly fingerprint?: string;
  readonly allowSha1?: boolean;
  readonly allowPlainPassword?: boolean;
}

export function addSecurityOptions(command: Command): void {
  command
    .option("--policy <name>", "security policy, e.g. Basic256Sha256 (default: None)")
    .option("--mode <name>", "Sign or SignAndEncrypt (default: SignAndEncrypt with a policy)")
    .option("--user <name>", `user name; the password is in ${PASSWORD_VARIABLE} or in`)
    .option("--password-file <file>", "file that holds the password")
    .option("--user-certificate <file>", "certificate of the user instead of name and password")
    .option("--user-key <file>", "private key of that certificate")
    .option("--pki-folder <folder>", "folder with our own certificate and those we trust")
    .option("--fingerprint <sha256>", "the only certificate that the server may have")
    .option("--allow-sha1", "use a policy that rests on SHA-1")
    .option("--allow-plain-password", "send the password readable if the server wants it so");
}

/** @throws GatewayError `CONFIG_INVALID` or `FILE_UNREADABLE` when it is not clear who the user is. */
export async function securityOf(flags: SecurityFlags): Promise<OpcuaSecurityOptions> {
  const { policy, mode, pkiFolder, fingerprint, allowSha1, allowPlainPassword } = flags;
  const user = await userOf(flags);
  return {
    ...(policy !== undefined && { securityPolicy: policy }),
    ...(mode !== undefined && { securityMode: mode }),
    ...(user !== undefined && { user }),
    ...(pkiFolder !== undefined && { pkiFolder }),
    ...(fingerprint !== undefined && { serverFingerprint: fingerprint }),
    ...(allowSha1 !== undefined && { allowSha1 }),
    ...(allowPlainPassword !== undefined && { allowPlainPassword }),
  };
}

async function userOf({
  user,
  passwordFile,
  userCertificate,
  userKey,
}: SecurityFlags): Promise<OpcuaUser | undefined> {
  if (userCertificate !== undefined || userKey !== undefined) {
    if (user === undefined && userCertificate !== undefined && userKey !== undefined) {
      return { certificateFile: userCertificate, privateKeyFile: userKey };
    }
    throw new GatewayError(
      "CONFIG_INVALID",
      "expected --user-certificate and --user-key together, or --user",
    );
  }
  if (user === undefined) return undefined;
  const password =
    passwordFile === undefined ? process.env[PASSWORD_VARIABLE] : await read(passwordFile);
  if (password !== undefined) return { name: user, password };
  throw new GatewayError("CONFIG_INVALID", `the password of ${user} is missing`, {
    hint: `Put it into ${PASSWORD_VARIABLE} in the environment, or give a file with --password-file.`,
  });
}

/** Without the end of the line that editors add. */
async function read(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  } catch (cause) {
    throw new GatewayError("FILE_UNREADABLE", `cannot read the password from ${file}`, {
      cause,
      hint: "Check the path and the permissions.",
    });
  }
}
