import { execFileSync } from "node:child_process";
import { onTestFinished } from "vitest";
import { tempFolder } from "../temp-folder.ts";

/** Mounts a disk of 4 MB; `undefined` where this user may not. */
export function smallDisk(): string | undefined {
  const folder = tempFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  return folder;
}

/** Makes a mounted disk read-only, as a file system does that has found an error; no file on it may be open for writing. */
export function remount(folder: string, mode: "ro" | "rw"): void {
  execFileSync("mount", ["-o", `remount,${mode}`, folder], { stdio: "ignore" });
}
