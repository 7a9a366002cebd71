import { GatewayError } from "../../../errors.ts";
import type { OpcuaTarget } from "../opcua-client.ts";
import { linkFailure } from "../opcua-failure.ts";
import type { OwnCertificate } from "./certificate-store.ts";
import { thumbprintOf } from "./server-trust.ts";

/** What a refusal means, and what to do. */
interface Verdict {
  readonly says: string;
  readonly hint: string;
  readonly retryable: boolean;
}

const REFUSED_USER = /BadUserAccessDenied|BadIdentityToken(Rejected|Invalid)/;

/**
 * Says why there is no session, in words of the operator.
 *
 * The library's error is not passed on: it holds the request that was refused, and that one may hold the password.
 */
export function sessionFailure(
  target: OpcuaTarget,
  own: OwnCertificate,
  cause: unknown,
  stage: "offer" | "channel" | "session",
): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const text = oneLine(cause);
  const verdict =
    userVerdict(target, text) ??
    (stage === "channel" ? channelVerdict(target, own, text) : undefined) ??
    sessionVerdict(text);
  if (verdict !== undefined) return rejected(target, verdict);
  const asked = stage === "offer" ? ", asked without security what the server offers" : "";
  return linkFailure(target, new Error(`${text}${asked}`));
}

/** The same for a session that the library makes anew by itself. */
export function userRefusal(target: OpcuaTarget, statusName: string): GatewayError | undefined {
  const verdict = userVerdict(target, statusName);
  return verdict && rejected(target, verdict);
}

function rejected(target: OpcuaTarget, { says, hint, retryable }: Verdict): GatewayError {
  const message = `opcua ${target.endpointUrl}: ${says}`;
  return new GatewayError("SOURCE_REJECTED", message, { hint, retryable });
}

function userVerdict({ security: { user } }: OpcuaTarget, text: string): Verdict | undefined {
  const code = REFUSED_USER.exec(text)?.[0];
  if (code === undefined) return undefined;
  const [who, hint] =
    user === undefined
      ? ["anonymous sessions", "Set user, or allow anonymous sessions in the server."]
      : "name" in user
        ? [
            `the user "${user.name}"`,
            "Check the name and the password, and that the server has not locked the account.",
          ]
        : [
            `the user certificate ${user.certificateFile}`,
            "Have the server trust the user certificate, and give its holder the right to read.",
          ];
  return { says: `the server refuses ${who} (${code})`, hint, retryable: false };
}

function channelVerdict(
  target: OpcuaTarget,
  { certificate, certificateFile }: OwnCertificate,
  text: string,
): Verdict | undefined {
  if (target.security.mode === "None") return undefined;
  const ours = `this client's certificate ${certificateFile} (SHA-1 thumbprint ${thumbprintOf(certificate)})`;
  if (/BadCertificateTimeInvalid/.test(text)) {
    const valid = `${certificate.validFromDate.toISOString()} to ${certificate.validToDate.toISOString()}`;
    return {
      says: `the server says that ${ours} is not valid now; it is valid from ${valid} (BadCertificateTimeInvalid)`,
      hint: "Compare the clock of the server with that of this machine, and set the one that is wrong.",
      retryable: true,
    };
  }
  const code = /BadCertificate\w+|BadSecurityChecksFailed|disconnected by third party/.exec(text);
  if (code === null) return undefined;
  return {
    says: `the server closed the connection while the secure channel was opened (${code[0]}); most likely it does not trust ${ours}`,
    hint: "In the server, move the certificate with this thumbprint from rejected to trusted, or copy the file there.",
    retryable: true,
  };
}

function sessionVerdict(text: string): Verdict | undefined {
  const code = /\bBad[A-Z]\w+/.exec(text)?.[0];
  if (code === undefined) return undefined;
  if (code === "BadTooManySessions") {
    return {
      says: "the server has no session left (BadTooManySessions)",
      hint: "Raise its limit, or close others; one that was left behind ends by itself when it times out.",
      retryable: true,
    };
  }
  if (/^BadSecurity(Mode|Policy)/.test(code)) {
    return {
      says: `the server refuses the security of this connection (${code})`,
      hint: "Set securityPolicy and securityMode to what the server offers.",
      retryable: false,
    };
  }
  if (/^Bad(InvalidTimestamp|Nonce)/.test(code)) {
    return {
      says: `the server refuses the session (${code})`,
      hint: "Compare the clock of the server with that of this machine, and set the one that is wrong.",
      retryable: true,
    };
  }
  return {
    says: text,
    hint: "Look up the status code in OPC UA Part 4, and see the log of the server.",
    retryable: true,
  };
}

function oneLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replaceAll(/\s+/g, " ").trim();
}
