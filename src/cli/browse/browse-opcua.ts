import { browseServer } from "../../sources/opcua/browse/browse-server.ts";
import { printResult } from "../output.ts";
import { startProgress } from "../progress.ts";
import { nodeFacts } from "./node-facts.ts";
import { nodeLines } from "./node-lines.ts";
import { nodeYaml } from "./node-yaml.ts";
import { type SecurityFlags, securityOf } from "./security-options.ts";

export interface OpcuaBrowseOptions extends SecurityFlags {
  readonly node?: string;
  readonly depth?: number;
  readonly max?: number;
  readonly server?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
  readonly yaml?: boolean;
}

export async function browseOpcua(endpointUrl: string, options: OpcuaBrowseOptions): Promise<void> {
  const { node, depth = 20, max = 1000, server = false, timeout: timeoutMs = 10_000 } = options;
  const security = await securityOf(options);
  const progress = startProgress(`browsing ${endpointUrl}`, max);
  const onLevel = (nodes: number): void => progress.update(nodes, "nodes");
  try {
    const bounds = { depth, max, server, timeoutMs, onLevel };
    const found = await browseServer({
      endpointUrl,
      ...bounds,
      ...security,
      ...(node !== undefined && { node }),
    });
    progress.stop();
    if (options.yaml) process.stdout.write(`${nodeYaml(endpointUrl, found).join("\n")}\n`);
    else printResult(options.json, nodeFacts(endpointUrl, found), nodeLines(endpointUrl, found));
  } finally {
    progress.stop();
  }
}
