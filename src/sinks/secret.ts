import { readFile } from "node:fs/promises";
import { GatewayError } from "../errors.ts";

/**
 * Something that must not be seen: a token, a password, a key.
 *
 * `{ env }` names an environment variable and `{ file }` a file (as Docker, Kubernetes and systemd mount them). Both are read when the
 * secret is used, every time, so a token that was renewed is taken without a restart. A `string` is the secret itself:
 * for programs that fetch it elsewhere; keep it out of the source code. White space around it is no part of it.
 */
export type Secret = string | { readonly env: string } | { readonly file: string };

/**
 * Refuses what is no secret, without touching the environment or the disk.
 *
 * @throws GatewayError `CONFIG_INVALID` that names the option and never what it holds.
 */
export function requireSecret(owner: string, option: string, secret: Secret | undefined): void {
  if (secret === undefined || isSecret(secret)) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${owner}: ${option} must be a text that is not empty, { env: "NAME" } or { file: "path" }`,
  );
}

/**
 * Reads a secret, without the white space around it (editors end files with a line break).
 *
 * @throws GatewayError that names the variable or the file and never shows what it holds: `CONFIG_INVALID` when the variable is not
 * set or empty, `FILE_UNREADABLE` when the file cannot be read or is empty. Both are retryable: a missing secret says nothing about the
 * messages that wait for it.
 */
export async function resolveSecret(secret: Secret): Promise<string> {
  const text = (await read(secret)).trim();
  if (text !== "") return text;
  if (typeof secret === "string") throw missing("CONFIG_INVALID", "a secret is empty");
  throw "env" in secret
    ? missing("CONFIG_INVALID", `the environment variable ${secret.env} is not set, or empty`)
    : missing("FILE_UNREADABLE", `the secret in ${secret.file} is empty`);
}

/** Takes secrets out of a text, also where they are written as in a URL or in JSON. */
export function redact(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
    ])
    .filter((secret) => secret !== "")
    // A secret that begins with another one must go as a whole.
    .sort((a, b) => b.length - a.length)
    .map((secret) => secret.replaceAll(/[^\w\s]/gu, "\\$&"));
  return hidden.length === 0 ? text : text.replaceAll(new RegExp(hidden.join("|"), "g"), "***");
}

function isSecret(secret: Secret): boolean {
  if (typeof secret === "string") return secret.trim() !== "";
  if (typeof secret !== "object" || secret === null) return false;
  const [[where, name] = [], ...others] = Object.entries(secret);
  const isPlace = where === "env" || where === "file";
  return isPlace && typeof name === "string" && name !== "" && others.length === 0;
}

async function read(secret: Secret): Promise<string> {
  if (typeof secret === "string") return secret;
  if ("env" in secret) return process.env[secret.env] ?? "";
  try {
    return await readFile(secret.file, "utf8");
  } catch (cause) {
    throw missing("FILE_UNREADABLE", `cannot read the secret in ${secret.file}: ${cause}`, cause);
  }
}

function missing(
  code: "CONFIG_INVALID" | "FILE_UNREADABLE",
  message: string,
  cause?: unknown,
): GatewayError {
  return new GatewayError(code, message, {
    cause,
    retryable: true,
    hint: "Set it for the user that the gateway runs as; the messages are kept meanwhile.",
  });
}
