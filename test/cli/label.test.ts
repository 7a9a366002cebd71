import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type FileOutbox, openOutbox } from "../../src/outbox/open-outbox.ts";
import { sampleCapture, sampleEvent, sampleLabel } from "../../src/testing/sample-messages.ts";
import { createLabelBook, type LabelBook } from "../../src/truth/label-book.ts";
import { labelFolderOf, laidDownLabels } from "../../src/truth/label-folder.ts";
import { folderOfFile } from "../temp-folder.ts";
import { runCli } from "./run-cli.ts";

const folder = folderOfFile();
const path = join(folder, "outbox.db");
const eventId = "0b54bd1c-58ab-8a4a-a7f1-6d0d7b2b9d01";
const openId = "77e1c0de-58ab-8a4a-a7f1-6d0d7b2b9d02";

beforeAll(async () => {
  const outbox = openOutbox(path);
  await outbox.keep([sampleCapture({ id: "0b77-window", reason: "event", eventId })]);
  await outbox.queue("cloud").append([sampleEvent({ id: openId })]);
  await outbox.close();
});

/** What a gateway does with labels that were laid down. */
async function takeAll(outbox: FileOutbox): Promise<LabelBook> {
  const store = async (label: Parameters<FileOutbox["keep"]>[0][number]): Promise<void> =>
    outbox.keep([label]);
  const book = createLabelBook({ gateway: "gateway-1", store });
  book.note(sampleEvent({ id: eventId }));
  for (const { label, forget } of await laidDownLabels(labelFolderOf(path))) {
    if (label instanceof Error) throw label;
    await book.take(label);
    await forget();
  }
  return book;
}

describe("wheeltapper label <outbox>", () => {
  it("lays a label down for a gateway that is stopped, and shows it with its history", async () => {
    const words = [
      "--verdict",
      "fault",
      "--fault-code",
      "F-12",
      "--note",
      "drive end",
      "--by",
      "mk",
    ];
    const { code, stdout } = await runCli("label", path, "0b54", ...words, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      outbox: path,
      target: eventId,
      verdict: "fault",
      faultCode: "F-12",
      isInUse: false,
    });
    const waiting = await runCli("label", path, "--list");
    expect(waiting.stdout).toContain(`waits: ${eventId} fault`);

    await runCli("label", path, eventId, "--verdict", "unsure");
    const outbox = openOutbox(path);
    await takeAll(outbox);
    await outbox.close();

    const list = await runCli("label", path, "--list", "--json");
    expect(JSON.parse(list.stdout)).toMatchObject({
      waiting: [],
      targets: [
        {
          target: eventId,
          history: [
            { verdict: "fault", by: "mk", note: "drive end", machine: "pump-1" },
            { verdict: "unsure" },
          ],
        },
      ],
    });
    const forPeople = await runCli("label", path, "--list");
    expect(forPeople.stdout).toMatch(/1 labelled, 0 labels not yet taken/);
    expect(forPeople.stdout).toMatch(/Z {2}fault +mk +F-12 +drive end\n.*unsure/);
  });

  it("hands a label to a gateway that runs, which knows what the beginning of the id means", async () => {
    const outbox = openOutbox(path);
    const { code, stdout } = await runCli("label", path, "0b54", "--verdict", "maintenance");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining("within seconds"),
    });
    const book = await takeAll(outbox);
    await outbox.close();
    expect(book.current()).toMatchObject([{ target: eventId, verdict: "maintenance" }]);
  });

  it("knows an event that is still open", async () => {
    const { stdout } = await runCli("label", path, "77e1", "--verdict", "false-alarm");
    expect(stdout).toContain(openId);
  });

  it("takes back what was said of an event that is long gone", async () => {
    const file = join(folder, "old.db");
    const outbox = openOutbox(file);
    await outbox.keep([sampleLabel({ target: "long-gone" })]);
    await outbox.close();
    const { code, stdout } = await runCli("label", file, "long-gone", "--verdict", "unsure");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("unsure") });
  });

  it.each([
    [
      "an id that nobody knows",
      ["ffff-nobody", "--verdict", "fault"],
      1,
      "no event or window here",
    ],
    ["a beginning that fits two", ["0b", "--verdict", "fault"], 1, "fits 2"],
    ["no verdict", [eventId], 2, "expected an id and --verdict"],
    ["another verdict", [eventId, "--verdict", "ok"], 2, "Allowed choices are fault, false-alarm"],
    [
      "a fault code of no fault",
      [eventId, "--verdict", "unsure", "--fault-code", "F"],
      1,
      "faultCode",
    ],
  ])("refuses %s, and lays nothing down", async (_, words, exit, message) => {
    const before = (await laidDownLabels(labelFolderOf(path))).length;
    const { code, stderr } = await runCli("label", path, ...words);
    expect({ code, stderr }).toEqual({ code: exit, stderr: expect.stringContaining(message) });
    expect(await laidDownLabels(labelFolderOf(path))).toHaveLength(before);
  });

  it("makes nothing where there is no outbox, and beside a file that is none", async () => {
    const [none, other] = [join(folder, "none.db"), join(folder, "other.txt")];
    writeFileSync(other, "something else entirely");
    for (const file of [none, other]) {
      const { code } = await runCli("label", file, eventId, "--verdict", "fault");
      expect(code).toBe(1);
      expect(existsSync(labelFolderOf(file))).toBe(false);
    }
    expect(existsSync(none)).toBe(false);
  });
});
