import { describe, it } from "vitest";
import { playHistories } from "./outbox-histories.ts";

describe("the outbox, first half of its histories", () => {
  it("is a list in memory that happens to be durable, whatever the steps", async () => {
    await playHistories(Number(process.env["N"] ?? 5000), 1);
  }, 600_000);
});
