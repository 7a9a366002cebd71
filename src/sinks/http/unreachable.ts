import { GatewayError } from "../../errors.ts";
import { redact } from "../secret.ts";
import type { Destination } from "./destination.ts";

/** Makes the error of a request that got no answer. */
export function unreachable(destination: Destination | undefined, cause: unknown): GatewayError {
  const host = destination?.url.host ?? "the receiver";
  const reason = redact(reasonOf(cause), destination?.secrets ?? []);
  return new GatewayError("SINK_UNREACHABLE", `cannot reach ${host}: ${reason}`, {
    cause,
    retryable: true,
    hint: `${adviceFor(codeOf(cause), host)}; the messages are kept.`,
  });
}

/** Some errors have nothing but a code, such as one that stands for an attempt at each address of a host. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || codeOf(error) : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Codes of Node.js: `ERR_OSSL_*` before anything was sent, `ERR_SSL_*` when the other side broke off, the rest when its certificate is not trusted. */
function adviceFor(code: string, host: string): string {
  if (code.startsWith("ERR_OSSL_")) return "Check that ca, cert, key and passphrase of tls fit";
  if (code.startsWith("ERR_SSL_")) return `Check tls.cert and tls.key, and what ${host} demands`;
  if (/CERT|VERIFY|ISSUER|CRL/.test(code)) {
    return `Set tls.ca to the authority of ${host}, and check the clocks and its name`;
  }
  return `Check the network and whether ${host} is up`;
}
