import { TimeoutError } from "rxjs";
import { GatewayError } from "../../errors.ts";
import type { OpcuaTarget } from "./opcua-client.ts";
import type { OpcuaTag } from "./opcua-tag.ts";

/** BadNodeIdUnknown */
export const NODE_ID_UNKNOWN = 0x80340000;

/** Why there is no link; what is a GatewayError already says it itself. */
export function linkFailure(target: OpcuaTarget, cause: unknown, timeoutMs?: number): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const text =
    cause instanceof TimeoutError
      ? `no answer within ${timeoutMs} ms`
      : cause instanceof Error
        ? cause.message
        : String(cause);
  return new GatewayError("SOURCE_UNREACHABLE", `opcua ${target.endpointUrl}: ${text}`, {
    cause,
    retryable: true,
    hint: "Check endpointUrl, and that the server runs and is reachable from this machine.",
  });
}

/** The tag's namespace is not there. */
export function namespaceUnknown(
  target: OpcuaTarget,
  { name, nodeId }: OpcuaTag,
  namespaces: readonly string[],
): GatewayError {
  const message = `opcua ${target.endpointUrl}: tag "${name}" (${nodeId}): the server has no such namespace, it has ${namespaces.join(", ")}`;
  return new GatewayError("SOURCE_REJECTED", message, {
    hint: "Check the URI behind nsu=.",
  });
}

/** A restarted server has given its namespaces other numbers. */
export function namespacesChanged(target: OpcuaTarget): GatewayError {
  const message = `opcua ${target.endpointUrl}: the namespaces of the server have changed, everything is looked up anew`;
  return new GatewayError("SOURCE_UNREACHABLE", message, { retryable: true });
}

/** The server keeps the subscription alive, but it is of no use. */
export function unreported(
  target: OpcuaTarget,
  { name, nodeId }: OpcuaTag,
  forMs: number,
): GatewayError {
  const message = `opcua ${target.endpointUrl}: the subscription is alive, but has not reported for ${forMs} ms that tag "${name}" (${nodeId}) has another value`;
  return new GatewayError("SOURCE_UNREACHABLE", message, {
    retryable: true,
    hint: 'Look into the server: it has stopped to publish. Set mode: "poll" if it does so again and again.',
  });
}

/** Why a tag is bad. */
export function statusTrouble(
  target: OpcuaTarget,
  { name, nodeId, array }: OpcuaTag,
  statusCode: number,
): GatewayError {
  const asked = `opcua ${target.endpointUrl}: tag "${name}" (${nodeId})`;
  if (statusCode === 0) {
    const [what, wanted] = array
      ? ["array of numbers", "an array of numbers, of one dimension and not empty"]
      : ["scalar number", "one number or boolean, or set array for a waveform"];
    return new GatewayError("SOURCE_REJECTED", `${asked} holds no ${what}`, {
      hint: `Use a node whose value is ${wanted}.`,
    });
  }
  const code = `0x${statusCode.toString(16).padStart(8, "0")}`;
  return statusCode === NODE_ID_UNKNOWN
    ? new GatewayError("SOURCE_REJECTED", `${asked} is unknown to the server (${code})`, {
        hint: "Check nodeId; the namespace index may have changed with the server's configuration.",
      })
    : new GatewayError("SOURCE_REJECTED", `${asked} has the status ${code}`, {
        retryable: true,
        hint: "Look up the status code in OPC UA Part 6, Annex A.",
      });
}
