import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Bytes of all files in a folder; links are not followed. */
export function bytesUnder(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + lstatSync(join(parentPath, name)).size, 0);
}

/** Name and bytes of every package in a `node_modules` folder, the largest first; what a package brings in its own `node_modules` is part of it. */
export function packagesUnder(
  modules: string,
): readonly (readonly [name: string, bytes: number])[] {
  return readdirSync(modules)
    .flatMap((name) =>
      name.startsWith("@")
        ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`)
        : [name],
    )
    .filter((name) => existsSync(join(modules, name, "package.json")))
    .map((name) => [name, bytesUnder(join(modules, name))] as const)
    .toSorted(([, a], [, b]) => b - a);
}
