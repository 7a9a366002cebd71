import { statSync } from "node:fs";
import { dirname } from "node:path";
import { GatewayError } from "../../errors.ts";

/** Primary result codes of SQLite that the outbox tells apart. */
const BUSY = 5;
const READ_ONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

export function isDiskFull(error: unknown): boolean {
  return resultCode(error) === FULL;
}

export function isCorrupt(error: unknown): boolean {
  return resultCode(error) === CORRUPT;
}

export function isNotADatabase(error: unknown): boolean {
  return resultCode(error) === NOT_A_DATABASE;
}

/** Says why a file cannot be opened; `ownerPid` is what the owner file names, if it names any. */
export function openError(
  path: string,
  cause: unknown,
  ownerPid: number | undefined,
): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const code = resultCode(cause);
  if (code === BUSY) return busyError(path, cause, ownerPid);
  if (code === NOT_A_DATABASE) {
    return unavailable(`${path} is not an outbox: expected a SQLite file, got something else`, {
      cause,
      hint: "Name another path for the outbox, or move that file away; it was left as it is.",
    });
  }
  if (code === READ_ONLY) {
    return unavailable(`cannot write ${path}: expected a writable file, got a read-only one`, {
      cause,
      hint: "Put the outbox on a file system that this user may write to.",
    });
  }
  return unavailable(`cannot open ${path} for writing: ${obstacle(path, cause)}`, {
    cause,
    hint: `Make sure that the folder ${dirname(path)} exists and that this user may write to it.`,
  });
}

/** Says why a running outbox could not do what it was asked to; nothing of it was stored. */
export function storeError(path: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  if (isDiskFull(cause)) {
    return new GatewayError("OUTBOX_FULL", `no space left on the disk of ${path}`, {
      cause,
      retryable: true,
      hint: "Free space on that disk, or lower maxBytes.",
    });
  }
  return unavailable(`${path} failed: ${describe(cause)}`, {
    cause,
    retryable: true,
    hint: "Check the disk; the event was not stored.",
  });
}

export function closedError(path: string): GatewayError {
  return new GatewayError("OUTBOX_UNAVAILABLE", `${path} is closed`, {
    hint: "Close the outbox last, after everything that uses it.",
  });
}

function busyError(path: string, cause: unknown, ownerPid: number | undefined): GatewayError {
  const owner = ownerPid === undefined ? "another process" : `process ${ownerPid}`;
  return unavailable(`${path} is in use: expected to be its only user, but ${owner} holds it`, {
    cause,
    retryable: true,
    hint: `Stop ${owner}, or give this gateway an outbox file of its own.`,
  });
}

function obstacle(path: string, cause: unknown): string {
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  if (folder === undefined) return `expected the folder ${dirname(path)}, got no such folder`;
  if (!folder.isDirectory()) return `expected the folder ${dirname(path)}, got a file of that name`;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    return "expected a file, got a folder";
  return `expected a usable file, got "${describe(cause)}"`;
}

function unavailable(
  message: string,
  options: { readonly cause: unknown; readonly hint: string; readonly retryable?: boolean },
): GatewayError {
  return new GatewayError("OUTBOX_UNAVAILABLE", message, options);
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The primary result code of SQLite, where an error has one. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
