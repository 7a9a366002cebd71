import { GatewayError } from "../../errors.ts";

/** The broker cannot be reached, or does not answer. */
export function unreachable({ host }: URL, reason: string): GatewayError {
  return new GatewayError("SINK_UNREACHABLE", `cannot reach ${host}: ${reason}`, {
    retryable: true,
    hint: `Check the network and whether the broker at ${host} is up; the messages are kept.`,
  });
}

/** The gateway stops. */
export function stopped(url: URL): GatewayError {
  return unreachable(url, "the gateway stops");
}

/** The broker has said no: to the connection, or to what was asked of it. The cause is left out: it may hold the password. */
export function refusedConnection(
  url: URL,
  error: unknown,
  what: string = "connection",
): GatewayError {
  if (error instanceof GatewayError) return error;
  if (!(error instanceof Error)) return unreachable(url, String(error));
  const code = "code" in error ? error.code : undefined;
  // Errors of the network and of TLS have names for codes.
  if (typeof code !== "number") return unreachable(url, error.message || String(code));
  return new GatewayError("SINK_REJECTED", `${url.host} refused the ${what}: ${error.message}`, {
    retryable: true,
    hint: hintFor(code),
  });
}

/** 1 in MQTT 3.1.1, 132 in MQTT 5. */
const WRONG_VERSION: ReadonlySet<number> = new Set([1, 132]);
const NOT_ALLOWED: ReadonlySet<number> = new Set([4, 5, 128, 134, 135]);

function hintFor(code: number): string {
  if (WRONG_VERSION.has(code)) return "Set version to what the broker speaks: 4 for MQTT 3.1.1.";
  if (NOT_ALLOWED.has(code)) {
    return "Check username, password and what the broker allows them; the messages are kept.";
  }
  return "Wait, or look into the log of the broker; the messages are kept.";
}

/** The broker did not take a message, for now. */
export function refusedPublication(host: string, failure: number | GatewayError): GatewayError {
  if (failure instanceof GatewayError) return failure;
  const reason = REASONS.get(failure) ?? `code ${failure}`;
  return new GatewayError("SINK_REJECTED", `${host} did not take a message: ${reason}`, {
    retryable: true,
    hint:
      failure === NOT_AUTHORIZED
        ? "Allow the user to publish to the topics of the sink; the messages are kept."
        : "Wait, or look into the log of the broker; the messages are kept.",
  });
}

const NOT_AUTHORIZED = 0x87;
const REASONS: ReadonlyMap<number, string> = new Map([
  [NOT_AUTHORIZED, "not authorized"],
  [0x96, "message rate too high"],
  [0x97, "quota exceeded"],
]);
