import { describe, it } from "vitest";
import { playHistories } from "./outbox-histories.ts";

// A quarter of the 10,000 histories: files run side by side.
describe("the outbox, quarter 1 of its histories", () => {
  it("is a list in memory that happens to be durable, whatever the steps", async () => {
    await playHistories(2500, 1);
  }, 900_000);
});
