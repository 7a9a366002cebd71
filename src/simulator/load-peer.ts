import { GatewayError } from "../errors.ts";

/**
 * Loads an optional peer package.
 *
 * @throws GatewayError `DEPENDENCY_MISSING` when it is not installed; every other failure passes through.
 */
export async function loadPeer<Peer>(name: string, load: () => Promise<Peer>): Promise<Peer> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new GatewayError("DEPENDENCY_MISSING", `the package ${name} is not installed`, {
      cause,
      hint: `Run: npm install ${name}`,
    });
  }
}
