import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { GatewayError } from "../../errors.ts";
import { loadPeer } from "../../load-peer.ts";
import { resolveSecret } from "../secret.ts";
import { s3Failure } from "./s3-failure.ts";
import type { S3Credentials, S3Settings } from "./s3-options.ts";
import type { StoredObject } from "./shipment.ts";

/** Where objects are put. */
export interface ObjectStore {
  /** @throws GatewayError `SINK_UNREACHABLE` or `SINK_REJECTED` */
  put(object: StoredObject, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The bucket; the SDK is loaded with the first object. */
export function objectStore(settings: S3Settings): ObjectStore {
  const { bucket, endpoint, timeoutMs } = settings;
  const place = `bucket ${bucket}${endpoint === undefined ? "" : ` at ${new URL(endpoint).host}`}`;
  let client: S3Client | undefined;

  const send = async (object: StoredObject, signal: AbortSignal): Promise<void> => {
    const { PutObjectCommand, S3Client } = await loadSdk();
    client ??= new S3Client(clientConfig(settings));
    const request = new PutObjectCommand({
      Bucket: bucket,
      Key: object.key,
      Body: object.body,
      ContentType: object.contentType,
    });
    await client.send(request, { abortSignal: signal });
  };

  return {
    async put(object, signal) {
      const running = new AbortController();
      const stop = (): void => running.abort(new Error("the gateway stops"));
      const giveUp = (): void => running.abort(new Error(`no answer within ${timeoutMs} ms`));
      const timer = setTimeout(giveUp, timeoutMs);
      signal.addEventListener("abort", stop);
      try {
        if (signal.aborted) stop();
        // The SDK looks for credentials without minding the signal.
        await Promise.race([aborted(running.signal), send(object, running.signal)]);
      } catch (error) {
        throw s3Failure(running.signal.aborted ? running.signal.reason : error, place);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      }
    },
    close() {
      client?.destroy();
    },
  };
}

function clientConfig(settings: S3Settings): S3ClientConfig {
  const { region, endpoint, forcePathStyle, credentials } = settings;
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(forcePathStyle !== undefined && { forcePathStyle }),
    ...(credentials !== undefined && { credentials: () => resolveAll(credentials) }),
    maxAttempts: 1, // whoever calls the sink tries again
    // Other stores refuse the checksum that newer versions send unasked.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  };
}

async function resolveAll({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials): Promise<{
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration: Date;
}> {
  return {
    accessKeyId: await resolveSecret(accessKeyId),
    secretAccessKey: await resolveSecret(secretAccessKey),
    ...(sessionToken !== undefined && { sessionToken: await resolveSecret(sessionToken) }),
    expiration: new Date(), // makes the SDK ask again, so that renewed keys are taken
  };
}

/** A package that is not installed says nothing of the messages that wait for it. */
async function loadSdk(): Promise<typeof import("@aws-sdk/client-s3")> {
  const name = "@aws-sdk/client-s3";
  try {
    return await loadPeer(name, () => import("@aws-sdk/client-s3"));
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    const { code, message, hint } = cause;
    throw new GatewayError(code, message, { cause, retryable: true, ...(hint && { hint }) });
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
