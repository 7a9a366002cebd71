import { GatewayError } from "./errors.ts";

/**
 * Loads an optional peer library.
 *
 * @throws {@link GatewayError} `DEPENDENCY_MISSING` when it is not installed; every other failure passes through.
 */
export async function loadPeer<T>(name: string, load: () => Promise<T>): Promise<T> {
  return load().catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException; // from import() or require()
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new GatewayError("DEPENDENCY_MISSING", `the package ${name} is not installed`, {
      cause,
      hint: `Run: npm install ${name}`,
    });
  });
}
