import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GatewayMessage } from "../../../src/core/gateway-message.ts";
import { decodeMessage, encodeMessage } from "../../../src/math/message-json.ts";
import { fileSink } from "../../../src/sinks/file/file-sink.ts";
import { sampleEvent } from "../../../src/testing/sample-messages.ts";
import { sinkContract } from "../../../src/testing/sink-contract.ts";
import { tempFolder } from "../../temp-folder.ts";

const running = new AbortController().signal;
const first = sampleEvent({ id: "first" });
const second = sampleEvent({ id: "second" });

function eventsIn(path: string): readonly GatewayMessage[] {
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => decodeMessage(line));
}

/** Writes one event as a sink of a new run does. */
async function writeOnce(path: string, event: GatewayMessage): Promise<void> {
  const sink = fileSink(path);
  await sink.write([event], running);
  await sink.close();
}

describe("fileSink", () => {
  sinkContract(() => {
    const folder = join(tempFolder(), "spool");
    mkdirSync(folder);
    const path = join(folder, "events.jsonl");
    return {
      sink: fileSink(path),
      received: () => (existsSync(path) ? eventsIn(path) : []),
      disconnect: () => renameSync(folder, `${folder}-unplugged`),
    };
  });

  it("touches nothing before the first event", async () => {
    const path = join(tempFolder(), "events.jsonl");
    await fileSink(path).close();
    expect(existsSync(path)).toBe(false);
  });

  it("writes events so that they can be read back, values that are not numbers included", async () => {
    const path = join(tempFolder(), "events.jsonl");
    await writeOnce(path, first);
    await writeOnce(path, second);
    expect(eventsIn(path)).toEqual([first, second]);
  });

  it("removes what a crash left of a line", async () => {
    const path = join(tempFolder(), "events.jsonl");
    const line = encodeMessage(second);
    for (const length of [1, 100, line.length - 1]) {
      rmSync(path, { force: true });
      await writeOnce(path, first);
      appendFileSync(path, line.slice(0, length));
      await writeOnce(path, second);
      expect(eventsIn(path)).toEqual([first, second]);
    }
  });

  it("removes a torn line longer than what it reads at once", async () => {
    const path = join(tempFolder(), "events.jsonl");
    await writeOnce(path, first);
    appendFileSync(path, `{"machine":"${"m".repeat(200_000)}`);
    await writeOnce(path, second);
    expect(eventsIn(path)).toEqual([first, second]);
  });

  it("removes the zeros that a power cut left", async () => {
    const path = join(tempFolder(), "events.jsonl");
    await writeOnce(path, first);
    appendFileSync(path, Buffer.alloc(5000));
    await writeOnce(path, second);
    expect(eventsIn(path)).toEqual([first, second]);
  });

  it("completes a line that only lacks its line break", async () => {
    const path = join(tempFolder(), "events.jsonl");
    writeFileSync(path, encodeMessage(first));
    await writeOnce(path, second);
    expect(eventsIn(path)).toEqual([first, second]);
  });

  it("leaves a file alone that is something else", async () => {
    const path = join(tempFolder(), "notes.txt");
    writeFileSync(path, "do not\ntouch this");
    await expect(writeOnce(path, first)).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: expect.stringContaining('expected JSON Lines, got "touch this"'),
    });
    expect(readFileSync(path, "utf8")).toBe("do not\ntouch this");
  });

  it("begins a new file when someone has moved the old one away", async () => {
    const path = join(tempFolder(), "events.jsonl");
    const sink = fileSink(path);
    await sink.write([first], running);
    renameSync(path, `${path}.1`);
    await sink.write([second], running);
    await sink.close();
    expect(eventsIn(`${path}.1`)).toEqual([first]);
    expect(eventsIn(path)).toEqual([second]);
  });

  it("goes on after a failure without leaving half a line", async () => {
    const folder = join(tempFolder(), "spool");
    const path = join(folder, "events.jsonl");
    const sink = fileSink(path);
    await expect(sink.write([first], running)).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      retryable: true,
      message: expect.stringContaining(path),
    });
    mkdirSync(folder);
    await sink.write([first], running);
    await sink.close();
    expect(eventsIn(path)).toEqual([first]);
  });
});
