import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished, vi } from "vitest";
import { openOutbox } from "../../../src/outbox/open-outbox.ts";
import { storeAndForward } from "../../../src/outbox/store-and-forward.ts";
import { type S3Manifest, s3Sink } from "../../../src/sinks/s3/index.ts";
import { sampleCapture } from "../../../src/testing/sample-messages.ts";
import { tempFolder } from "../../temp-folder.ts";
import { startS3Server } from "./s3-server.ts";

it("brings everything behind the outbox, however the store fails in between", async () => {
  const server = await startS3Server();
  const answers = [
    { status: 503, code: "SlowDown" },
    undefined,
    { status: 403, code: "AccessDenied" },
  ];
  // Two of three uploads are refused, so batches stop before, between and after their objects.
  server.refuse(() => answers[server.uploads.length % 3] ?? undefined);
  const outbox = openOutbox(join(tempFolder(), "outbox.db"));
  const forward = storeAndForward(s3Sink(server.options), outbox, {
    batchLength: 5,
    retryFirstMs: 1,
    retryMaxMs: 10,
  });
  onTestFinished(async () => {
    await forward.close();
    await outbox.close();
  });
  const captures = Array.from({ length: 20 }, (_, place) =>
    sampleCapture({ id: `c${place}`, machine: `pump-${place % 3}` }),
  );
  for (const capture of captures) await forward.write([capture], new AbortController().signal);
  await vi.waitUntil(() => server.uploads.length >= 10, { timeout: 20_000 });
  server.refuse(undefined);
  await vi.waitUntil(() => forward.stats().pending === 0, { timeout: 20_000 });

  const keys = new Set(server.stored.filter((key) => key.startsWith("manifest/")));
  const found: string[] = [];
  for (const key of keys) {
    const { objects, count } = JSON.parse(String(await server.read(key))) as S3Manifest;
    const lines = (await Promise.all(objects.map((one) => server.readLines(one.key)))).flat();
    expect(lines).toHaveLength(count);
    found.push(...lines.map((line) => JSON.parse(line).id));
  }
  expect(found.sort()).toEqual(captures.map(({ id }) => id).sort());
});

it("keeps the messages where the AWS SDK is not installed, and says what to install", () => {
  const folder = tempFolder();
  cpSync("dist", join(folder, "dist"), { recursive: true });
  const script = `
    const { s3Sink } = await import(${JSON.stringify(String(pathToFileURL(join(folder, "dist/s3.js"))))});
    const write = s3Sink({ bucket: "plant" }).write(
      [{ kind: "label", id: "l", revision: 0, gateway: "g", machine: "m", atMs: 0 }],
      new AbortController().signal,
    );
    await write.catch((error) => console.log(JSON.stringify(error)));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(JSON.parse(said)).toMatchObject({
    code: "DEPENDENCY_MISSING",
    retryable: true,
    hint: expect.stringContaining("npm install @aws-sdk/client-s3"),
  });
});
