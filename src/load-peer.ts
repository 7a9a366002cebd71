import { GatewayError } from "./errors.ts";

/**
 * Loads an optional peer library.
 *
 * @throws {@link GatewayError} `DEPENDENCY_MISSING` when it is not installed; every other failure passes through.
 */
export async function loadPeer<T>(name: string, load: () => Promise<T>): Promise<T> {
  return load().catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new GatewayError("DEPENDENCY_MISSING", `the package ${name} is not installed`, {
      cause,
      hint: `Run: npm install ${name}`,
    });
  });
}
