import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { openOutbox } from "../../src/outbox/open-outbox.ts";
import { tempFolder } from "../temp-folder.ts";
import { startExample } from "./start-example.ts";

/** A chat's webhook that gives these answers, the last one from then on. */
async function startChat(...answers: readonly number[]) {
  const posts: { readonly text: string; readonly status: number }[] = [];
  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      const body = await text(request);
      const status = answers[Math.min(posts.length, answers.length - 1)] ?? 200;
      posts.push({ text: JSON.parse(body).text, status });
      response.writeHead(status).end();
    };
    take().catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { posts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/abc` };
}

it.each([
  {
    what: "takes them",
    answers: [200],
    posts: ["opened 200", "closed 200"],
    says: "4 delivered, 0 refused, 0 still waiting",
  },
  {
    what: "is busy at first",
    answers: [503, 200],
    posts: ["opened 503", "opened 200", "closed 200"],
    says: "4 delivered, 0 refused, 0 still waiting",
  },
  {
    what: "wants no message of an opening",
    answers: [400, 200],
    posts: ["opened 400", "closed 200"],
    says: "3 delivered, 1 refused, 0 still waiting",
  },
])("a chat that $what gets a line for opened and closed, in order", async (chatCase) => {
  const chat = await startChat(...chatCase.answers);
  const example = startExample("custom-sink", { folder: tempFolder(), parameters: [chat.url] });
  expect(await example.ended()).toEqual({ code: 0, stderr: "" });
  expect(chat.posts.map(({ text, status }) => `${text.split(/[ ,]+/)[1]} ${status}`)).toEqual(
    chatCase.posts,
  );
  expect(chat.posts[0]?.text).toContain("bearingVibration");
  expect(example.lines).toEqual([`chat: ${chatCase.says}`]);
});

it("what a chat did not take is kept in the outbox when the example is stopped", async () => {
  const folder = tempFolder();
  const chat = await startChat(503);
  const example = startExample("custom-sink", { folder, parameters: [chat.url] });
  await expect.poll(() => chat.posts, { timeout: 20_000 }).not.toHaveLength(0);
  example.interrupt();
  expect(await example.ended()).toEqual({ code: 0, stderr: "" });
  expect(example.lines.join()).toMatch(/^chat: 0 delivered, 0 refused, [1-4] still waiting$/);

  const outbox = openOutbox(join(folder, "outbox.db"));
  const [item] = await outbox.queue("chat").peek(1);
  await outbox.close();
  expect(item?.message).toMatchObject({ phase: "opened", machine: "pump" });
});
