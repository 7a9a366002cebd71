import { expect } from "vitest";
import type { GatewayMessage } from "../../../src/core/gateway-message.ts";
import type { GatewayError } from "../../../src/errors.ts";
import { type S3SinkOptions, s3Sink } from "../../../src/sinks/s3/index.ts";
import type { WriteResult } from "../../../src/sinks/sink.ts";

/** Stores one batch through a sink of its own. */
export async function store(
  options: S3SinkOptions,
  batch: readonly GatewayMessage[],
  signal: AbortSignal = new AbortController().signal,
): Promise<WriteResult> {
  const sink = s3Sink(options);
  try {
    return await sink.write(batch, signal);
  } finally {
    await sink.close();
  }
}

/** What the write fails with. */
export async function failure(write: Promise<unknown>): Promise<GatewayError> {
  return await write.then(
    () => expect.unreachable("the write succeeded"),
    (error: unknown) => error as GatewayError,
  );
}
