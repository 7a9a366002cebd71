import type { GatewayError } from "../../../../src/errors.ts";
import { type OpcuaSourceOptions, opcuaSource } from "../../../../src/sources/opcua/index.ts";
import { hear, status } from "../../hearing.ts";

/** What the first attempt was refused for. */
export async function whySilent(options: OpcuaSourceOptions): Promise<GatewayError | undefined> {
  const source = opcuaSource({ retryFirstMs: 60_000, random: () => 1, ...options });
  hear(source);
  return (await status(source, "silent")).error;
}
