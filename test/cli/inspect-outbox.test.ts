import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleEvent } from "../../src/testing/sample-messages.ts";
import { folderOfFile } from "../temp-folder.ts";
import { runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = join(folder, "events.db");

describe("wheeltapper inspect <outbox>", () => {
  it("shows what waits for whom, and which incidents are open", async () => {
    const outbox = openOutbox(path);
    const queue = outbox.queue("http cloud");
    await queue.append([sampleEvent({ id: "a" }), sampleEvent({ id: "b" })]);
    await outbox.close();

    const { stdout } = await runCli("inspect", path, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "outbox",
      queues: [{ name: "http cloud", pending: 2, deadLetters: 0 }],
      unclosed: [{ id: "a" }, { id: "b" }],
    });
    const forPeople = await runCli("inspect", path);
    expect(forPeople.stdout).toMatch(/http cloud +2 +0/);
  });

  it("leaves an outbox alone that a gateway is using, and says whose it is", async () => {
    const outbox = openOutbox(path);
    const { code, stderr } = await runCli("inspect", path);
    await outbox.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(String(process.pid)),
    });
  });

  it("makes no file where there is none", async () => {
    const { code, stderr } = await runCli("inspect", join(folder, "none.db"));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("none.db") });
  });
});
