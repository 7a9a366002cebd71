import type { MessageKind } from "../../core/message-kind.ts";
import { GatewayError } from "../../errors.ts";
import { requireKnown, requireOneOf } from "../../math/range-checks.ts";
import { requireSecret, type Secret } from "../secret.ts";
import { ALL_KINDS } from "../sink.ts";

/** Keys of an account of the store; never shown. */
export interface S3Credentials {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  /** For keys that are valid for a while only. */
  readonly sessionToken?: Secret;
}

export interface S3SinkOptions {
  readonly bucket: string;
  /**
   * Begins every key, as a folder; e.g. `plant-1`.
   * @defaultValue none
   */
  readonly prefix?: string;
  /** @defaultValue with `endpoint`, `us-east-1`; else what the AWS SDK finds (`AWS_REGION`, `~/.aws/config`) */
  readonly region?: string;
  /**
   * Address of another store than Amazon's.
   * @defaultValue Amazon S3 in `region`
   */
  readonly endpoint?: string | URL;
  /**
   * Whether the bucket is named in the path and not in the host.
   * @defaultValue `true` with `endpoint`, as most other stores want it
   */
  readonly forcePathStyle?: boolean;
  /** @defaultValue what the AWS SDK finds: environment, `~/.aws`, container, instance */
  readonly credentials?: S3Credentials;
  /**
   * What to store.
   * @defaultValue everything
   */
  readonly kinds?: readonly MessageKind[];
  /**
   * Unique within a gateway. The outbox keeps a queue of this name: keep it when the bucket changes, and what waits goes to the new one.
   * @defaultValue `s3`
   */
  readonly name?: string;
  /**
   * Longest time for one object.
   * @defaultValue 60_000
   */
  readonly timeoutMs?: number;
}

/** Options with their defaults; the prefix ends with a slash or is empty. */
export interface S3Settings extends Omit<S3SinkOptions, "endpoint"> {
  readonly prefix: string;
  readonly endpoint?: string;
  readonly kinds: readonly MessageKind[];
  readonly name: string;
  readonly timeoutMs: number;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws GatewayError `CONFIG_INVALID` for a wrong option, without touching the network */
export function s3Settings(options: S3SinkOptions): S3Settings {
  requireKnown("s3Sink", options, [
    "bucket",
    "prefix",
    "region",
    "endpoint",
    "forcePathStyle",
    "credentials",
    "kinds",
    "name",
    "timeoutMs",
  ]);
  const { endpoint, ...others } = options;
  const { bucket, prefix = "", region = "us-east-1", credentials, kinds = ALL_KINDS } = others;
  const { forcePathStyle = endpoint !== undefined, timeoutMs = 60_000 } = others;
  // Also a name that Amazon refuses but another store takes; an ARN has colons and slashes.
  if (typeof bucket !== "string" || bucket.trim() === "") {
    throw invalid(`bucket: expected its name, got ${JSON.stringify(bucket)}`);
  }
  if (!(timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS)) {
    throw invalid(`timeoutMs: expected 1 to ${LONGEST_TIMER_MS}, got ${timeoutMs}`);
  }
  if (kinds.length === 0) throw invalid("kinds: expected one at least, got none");
  for (const kind of kinds) requireOneOf("s3Sink", "kinds", kind, ALL_KINDS);
  checkCredentials(credentials);
  const folders = prefix.replaceAll(/^\/+|\/+$/g, "");
  return {
    ...others,
    prefix: folders && `${folders}/`,
    ...(endpoint !== undefined && { endpoint: checkedEndpoint(endpoint), region }),
    forcePathStyle,
    kinds,
    name: others.name ?? "s3",
    timeoutMs,
  };
}

function checkCredentials(credentials: S3Credentials | undefined): void {
  if (credentials === undefined) return;
  const owner = "s3Sink, credentials";
  // No requireKnown: credentials of the AWS SDK, which fit, carry more than these.
  for (const option of ["accessKeyId", "secretAccessKey"] as const) {
    if (credentials[option] === undefined) throw invalid(`credentials: ${option} is missing`);
    requireSecret(owner, option, credentials[option]);
  }
  requireSecret(owner, "sessionToken", credentials.sessionToken);
}

function checkedEndpoint(endpoint: string | URL): string {
  const url = URL.parse(String(endpoint));
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw invalid(`endpoint: expected http or https, got ${url?.protocol ?? "no absolute URL"}`);
  }
  if (url.username || url.password) {
    throw invalid("endpoint: expected no user in it; give the keys as credentials");
  }
  return url.href;
}

function invalid(message: string): GatewayError {
  return new GatewayError("CONFIG_INVALID", `s3Sink, ${message}`);
}
