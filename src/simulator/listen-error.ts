import { GatewayError } from "../errors.ts";

/** Says which server could not listen where. */
export function listenError(
  server: string,
  host: string,
  port: number,
  cause: unknown,
): GatewayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError(
    "CONFIG_INVALID",
    `simulator: the ${server} server cannot listen on ${host}:${port}: ${reason}`,
    { cause, hint: "Choose another port, or 0 for any free one." },
  );
}
