import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { GatewayMessage } from "../../../src/core/gateway-message.ts";
import { decodeMessage } from "../../../src/math/message-json.ts";

/** Names of the files that `events.jsonl` became, the oldest first. */
export function namesAside(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("events.") && name !== "events.jsonl")
    .sort();
}

/** What is in every file: those that were put aside, the oldest first, and the one that is written. */
export function messagesByFile(folder: string): readonly (readonly GatewayMessage[])[] {
  return [...namesAside(folder), "events.jsonl"]
    .map((name) => join(folder, name))
    .filter((file) => existsSync(file))
    .map(messagesIn);
}

export function idsByFile(folder: string): readonly (readonly string[])[] {
  return messagesByFile(folder).map((messages) => messages.map(({ id }) => id));
}

function messagesIn(file: string): readonly GatewayMessage[] {
  const content = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(content) : content).toString();
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error(`${file} ends in the middle of a line`);
  return lines.map((line) => decodeMessage(line));
}
