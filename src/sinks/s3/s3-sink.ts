import { GatewayError } from "../../errors.ts";
import { ALL_ACCEPTED, type Sink, type WriteResult } from "../sink.ts";
import { type ObjectStore, objectStore } from "./object-store.ts";
import { isTooLarge } from "./s3-failure.ts";
import { type S3SinkOptions, s3Settings } from "./s3-options.ts";
import { packShipments, type Shipment } from "./shipment.ts";

/**
 * Stores messages in a bucket of Amazon S3 or of any store that speaks its language: JSON Lines compressed with gzip, one
 * object per batch, kind, machine and hour, and a manifest ({@link S3Manifest}) that names them. Needs the package `@aws-sdk/client-s3`.
 *
 * Delivery: at least once. A batch counts as delivered when its objects and, after them, its manifest are stored; whoever finds a
 * manifest finds all that it names. Keys follow from the messages, so a batch that is sent again overwrites what it stored before.
 * An object without manifest is what an upload that failed half-way has left: its messages come again under another name.
 *
 * Answers: a batch with an object that is too large is split; a single message that is too large is rejected, as is a key that is too
 * long. Everything else puts the batch off: an unreachable store, a missing bucket, keys that are wrong, have expired or may not write, a
 * store that wants to be asked less often.
 *
 * @throws GatewayError `CONFIG_INVALID` for a wrong option; from `write`, `DEPENDENCY_MISSING`, `SINK_UNREACHABLE`, or
 * `SINK_REJECTED`, whose `cause` is an {@link S3Answer}. No error shows a key or a token.
 */
export function s3Sink(options: S3SinkOptions): Sink {
  const settings = s3Settings(options);
  const store = objectStore(settings);

  const write: Sink["write"] = async (batch, signal, delivery) => {
    if (batch.length === 0) return ALL_ACCEPTED;
    const shipments = await packShipments(batch, settings.prefix, delivery);
    const tooLarge = await shipAll(shipments, store, signal);
    if (tooLarge === undefined) return ALL_ACCEPTED;
    if (batch.length === 1) {
      return { rejected: [{ index: 0, reason: tooLarge.message }], retry: [] };
    }
    const half = Math.ceil(batch.length / 2);
    const first = await write(batch.slice(0, half), signal, delivery);
    const rest = batch.slice(half);
    // What is stored is not sent again because the rest could not be.
    return joined(first, await write(rest, signal, delivery).catch(later(rest.length)), half);
  };

  return {
    name: settings.name,
    kinds: settings.kinds,
    write,
    async close() {
      store.close();
    },
  };
}

/** Returns what says that an object is too large; throws everything else. */
async function shipAll(
  shipments: readonly Shipment[],
  store: ObjectStore,
  signal: AbortSignal,
): Promise<GatewayError | undefined> {
  try {
    for (const shipment of shipments) await ship(shipment, store, signal);
    return undefined;
  } catch (error) {
    if (error instanceof GatewayError && isTooLarge(error)) return error;
    throw error;
  }
}

/** Many small objects over a link with a long delay: one at a time would take longer than their messages come. */
const AT_ONCE = 4;

async function ship(
  { objects, manifest }: Shipment,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<void> {
  for (let place = 0; place < objects.length; place += AT_ONCE) {
    const puts = objects.slice(place, place + AT_ONCE).map((object) => store.put(object, signal));
    const failed = (await Promise.allSettled(puts)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }
  await store.put(manifest, signal);
}

function later(length: number): (error: unknown) => WriteResult {
  return (error) => {
    if (error instanceof GatewayError && error.retryable) {
      return { rejected: [], retry: [...Array(length).keys()] };
    }
    throw error;
  };
}

function joined(first: WriteResult, second: WriteResult, offset: number): WriteResult {
  const rejected = second.rejected.map(({ index, reason }) => ({ index: index + offset, reason }));
  return {
    rejected: [...first.rejected, ...rejected],
    retry: [...first.retry, ...second.retry.map((index) => index + offset)],
  };
}
