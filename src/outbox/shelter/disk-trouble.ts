import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { GatewayError } from "../../errors.ts";
import { isCorrupt, isNotADatabase, resultCode } from "../file/database-error.ts";

const READ_ONLY = 8;
const INPUT_OUTPUT = 10;
const FULL = 13;
const CANNOT_OPEN = 14;
const REFUSALS: ReadonlySet<unknown> = new Set([READ_ONLY, INPUT_OUTPUT, FULL]);

const DISK_CODES: ReadonlySet<unknown> = new Set(["EDQUOT", "EIO", "ENOSPC", "EROFS"]);

/**
 * Whether it is the disk that refuses (it is full, read-only or broken) or that has damaged the file, which may pass, and no
 * limit, mistake or defect of ours.
 */
export function isDiskTrouble(error: unknown): error is GatewayError {
  if (!(error instanceof GatewayError)) return false;
  const { cause } = error;
  return isRefusal(error) || isCorrupt(cause) || isNotADatabase(cause);
}

/** The same for a file that cannot be opened: then SQLite does not always know why, and damage has been seen to. */
export function isDiskTroubleAtOpen(path: string, error: unknown): error is GatewayError {
  if (!(error instanceof GatewayError)) return false;
  const code = resultCode(error.cause);
  const isUnclear = code === CANNOT_OPEN || code === READ_ONLY;
  return isUnclear ? !isMisplaced(path) : isRefusal(error);
}

function isRefusal({ cause }: GatewayError): boolean {
  return REFUSALS.has(resultCode(cause)) || DISK_CODES.has(nameOf(cause));
}

/** Whether the place is wrong: no disk has to change for that, but the path or the rights. */
function isMisplaced(path: string): boolean {
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return true;
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return true;
  return isForbidden(there === undefined ? folder : path);
}

function isForbidden(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return !DISK_CODES.has(nameOf(error));
  }
}

function nameOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
