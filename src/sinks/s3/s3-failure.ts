import { GatewayError } from "../../errors.ts";

/** The cause of an error that an answer of the store brought. */
export interface S3Answer {
  readonly status: number;
  /** The store's own name for it, e.g. `SlowDown`. */
  readonly code: string;
  /** How long the store asked to be left alone. */
  readonly retryAfterMs?: number;
}

const RENEW = "Renew the session token or the keys; the messages are kept meanwhile.";
const WRONG_KEYS = "Set credentials to keys that the store knows; the messages are kept meanwhile.";
const WRONG_REGION =
  "Set region to the one that the bucket lies in; the messages are kept meanwhile.";

const HINTS: Readonly<Record<string, string>> = {
  NoSuchBucket:
    "Create the bucket, or set bucket to one that is there; the messages are kept meanwhile.",
  AccessDenied:
    "Allow these credentials s3:PutObject below the prefix of the bucket; the messages are kept meanwhile.",
  ExpiredToken: RENEW,
  InvalidToken: RENEW,
  TokenRefreshRequired: RENEW,
  InvalidAccessKeyId: WRONG_KEYS,
  SignatureDoesNotMatch: WRONG_KEYS,
  RequestTimeTooSkewed: "Set the clock of this computer; the messages are kept meanwhile.",
  PermanentRedirect: WRONG_REGION,
  AuthorizationHeaderMalformed: WRONG_REGION,
  CredentialsProviderError:
    "Set credentials, or give the AWS SDK some (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY); the messages are kept meanwhile.",
  KeyTooLongError: "Shorten the prefix or the names of gateway and machine; see the dead letters.",
};

/**
 * Says what a failed upload means. An answer says something of the bucket, the keys or the moment, hardly ever of the messages: so all
 * put off, but a key that is too long.
 *
 * The SDK's own error goes no further where the store has answered: it carries the request, with its signature and token.
 */
export function s3Failure(error: unknown, place: string): GatewayError {
  if (error instanceof GatewayError) return error;
  const answer = answerOf(error);
  if (answer !== undefined) {
    const { status, code } = answer;
    return new GatewayError("SINK_REJECTED", `${place} answered ${status} ${code}`, {
      cause: answer,
      retryable: code !== "KeyTooLongError",
      hint: HINTS[code] ?? hintFor(status),
    });
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "CredentialsProviderError" || message === "Region is missing") {
    return new GatewayError("SINK_REJECTED", `${place}: ${message}`, {
      retryable: true,
      hint: HINTS[name] ?? "Set region; the messages are kept meanwhile.",
    });
  }
  return new GatewayError("SINK_UNREACHABLE", `cannot reach ${place}: ${message || name}`, {
    cause: error,
    retryable: true,
    hint: "Check the network and the endpoint; the messages are kept.",
  });
}

/** Whether the store, or a proxy before it, found the object too large. */
export function isTooLarge({ cause }: GatewayError): boolean {
  const { status, code } = (cause ?? {}) as Partial<S3Answer>;
  return code === "EntityTooLarge" || status === 413;
}

function hintFor(status: number): string {
  if (status >= 500 || status === 429) return "Wait: the messages are kept and sent again.";
  return "Check bucket, endpoint and credentials against what the store says; the messages are kept meanwhile.";
}

/** What of the SDK's error comes from an answer; a proxy's page, which is not XML, has a response and no more. */
interface SdkError {
  readonly name: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: {
    readonly statusCode?: number;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

function answerOf(error: unknown): S3Answer | undefined {
  const { name, $metadata, $response } = error as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) return undefined;
  const seconds = Number($response?.headers?.["retry-after"]);
  return {
    status,
    code: name,
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }),
  };
}
