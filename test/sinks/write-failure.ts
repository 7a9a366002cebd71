import { expect } from "vitest";
import { GatewayError } from "../../src/errors.ts";

/** What a write fails with. */
export async function failureOf(write: Promise<unknown>): Promise<GatewayError> {
  const error = await write.then(
    () => expect.unreachable("the write succeeded"),
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  return expect.unreachable(`expected a GatewayError, got ${error}`);
}
