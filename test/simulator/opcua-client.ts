import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientSession, OPCUACertificateManager, OPCUAClient } from "node-opcua";

/** Opens a session as any OPC UA client would, runs `use`, and leaves nothing behind. */
export async function withSession<Result>(
  url: string,
  use: (session: ClientSession) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "wheeltapper-client-"));
  const client = OPCUAClient.create({
    connectionStrategy: { maxRetry: 1 },
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: folder,
      disableFileWatchers: true,
    }),
  });
  try {
    await client.connect(url);
    const session = await client.createSession();
    const result = await use(session);
    await session.close();
    return result;
  } finally {
    await client.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}
