import { GatewayError } from "../../errors.ts";
import { requireKnown } from "../../math/range-checks.ts";
import { requireSecret, resolveSecret, type Secret } from "../secret.ts";

/** TLS of a connection. The parts are read for every request, so renewed certificates are taken without a restart. */
export interface HttpTls {
  /**
   * Whom to trust, in PEM, one or several.
   * @defaultValue the authorities that Node.js trusts
   */
  readonly ca?: Secret;
  /** The certificate that this gateway shows (mutual TLS), in PEM, with those between it and its authority. */
  readonly cert?: Secret;
  /** Its private key, in PEM. */
  readonly key?: Secret;
  /** Of the private key. */
  readonly passphrase?: Secret;
  /**
   * The name that the receiver's certificate must bear.
   * @defaultValue the host of the url
   */
  readonly servername?: string;
}

/** What `node:https` takes. */
export type TlsParts = Readonly<Partial<Record<keyof HttpTls, string>>>;

const SECRETS = ["ca", "cert", "key", "passphrase"] as const;

/** @throws GatewayError `CONFIG_INVALID` that shows no secret. */
export function requireTls(tls: HttpTls | undefined): void {
  if (tls === undefined) return;
  requireKnown("httpSink: tls", tls, [...SECRETS, "servername"]);
  for (const part of SECRETS) requireSecret("httpSink", `tls.${part}`, tls[part]);
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new GatewayError(
      "CONFIG_INVALID",
      "httpSink: tls.cert and tls.key belong together, got one",
    );
  }
}

/** @throws GatewayError as `resolveSecret` */
export async function resolveTls(tls: HttpTls = {}): Promise<TlsParts> {
  const parts: Partial<Record<keyof HttpTls, string>> = {};
  if (tls.servername !== undefined) parts.servername = tls.servername;
  for (const part of SECRETS) {
    const secret = tls[part];
    if (secret !== undefined) parts[part] = await resolveSecret(secret);
  }
  return parts;
}
