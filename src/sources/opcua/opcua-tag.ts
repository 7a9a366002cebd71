import type { Tag } from "../../core/tag.ts";
import { GatewayError } from "../../errors.ts";
import { requireKnown, requirePositive } from "../../math/range-checks.ts";
import { requireTags } from "../../math/require-tags.ts";
import type { OpcuaDeadband } from "./opcua-client.ts";

/** A tag and its node in the server. */
export interface OpcuaTag extends Omit<Tag, "periodMs"> {
  /**
   * As OPC UA writes it: `nsu=urn:acme:line1;s=Pump1.Temperature` by the URI of the namespace, or `ns=2;s=Pump1.Temperature`, `i=2258`. Numbers of
   * namespaces may change when the server restarts, URIs do not; the URI is looked up on every connection.
   */
  readonly nodeId: string;
  /**
   * Changes that are smaller are not sent. One in percent needs a node with an engineering range (EURange). A server that
   * takes no deadband sends everything, and the status says so.
   * @defaultValue none: the server sends whatever has a new value or timestamp
   */
  readonly deadband?: OpcuaDeadband;
  /**
   * For a node whose value is an array of numbers, such as a waveform: it becomes one reading for each element.
   * @defaultValue the value must be one number or boolean
   */
  readonly array?: OpcuaArray;
}

/**
 * How the elements of an array lie in time: the last one at the time of the value, the others before it.
 *
 * An array that is empty or has more than one dimension is bad. History is not read for arrays.
 */
export interface OpcuaArray {
  /**
   * Distance of two elements, a fraction of a millisecond if need be. Less when they would reach back to the array before.
   * @defaultValue the time since the array before, divided by the number of elements; for the first one, also after an outage, `samplingMs`
   */
  readonly elementMs?: number;
}

const nodeIdSyntax =
  /^(ns=\d{1,5};|nsu=[^;]+;)?(i=\d{1,10}|s=.+|g=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|b=[\w+/=]+)$/i;

/** @throws {@link GatewayError} `CONFIG_INVALID` for the first tag whose node id is not one. */
export function requireOpcuaTags(owner: string, tags: readonly OpcuaTag[]): void {
  requireTags(owner, tags);
  for (const { name, nodeId, deadband, array } of tags) {
    const subject = `${owner}: tag "${name}"`;
    if (deadband) requireDeadband(subject, deadband);
    if (array) requireArray(subject, array);
    if (typeof nodeId === "string" && nodeIdSyntax.test(nodeId)) continue;
    const message = `${owner}: tag "${name}": nodeId must look like nsu=urn:acme:line1;s=Pump1.Temperature or ns=3;i=1001, got ${JSON.stringify(nodeId)}`;
    throw new GatewayError("CONFIG_INVALID", message);
  }
}

function requireDeadband(subject: string, deadband: OpcuaDeadband): void {
  const [[kind, value] = ["nothing", 0], ...more] = Object.entries(deadband);
  const highest = kind === "percent" ? 100 : Number.POSITIVE_INFINITY;
  if (
    (kind === "percent" || kind === "absolute") &&
    value > 0 &&
    value <= highest &&
    !more.length
  ) {
    return;
  }
  const message = `${subject}: deadband must be { absolute } above zero or { percent } up to 100, got ${JSON.stringify(deadband)}`;
  throw new GatewayError("CONFIG_INVALID", message);
}

function requireArray(subject: string, array: OpcuaArray): void {
  requireKnown(`${subject}: array`, array, ["elementMs"]);
  if (array.elementMs !== undefined) requirePositive(subject, { elementMs: array.elementMs });
}
