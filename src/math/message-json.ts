import type { GatewayMessage } from "../core/gateway-message.ts";
import type { MessageKind } from "../core/message-kind.ts";

/**
 * Writes a message as one line of JSON. JSON has no `NaN`: numbers that are not finite become `null`.
 */
export function encodeMessage(message: GatewayMessage): string {
  return JSON.stringify(message);
}

/**
 * Reads a message that {@link encodeMessage} wrote: a `null` in place of a number is `NaN` again, so an
 * infinite value comes back as `NaN` as well.
 *
 * @throws SyntaxError when the text is not JSON, TypeError when it is something other than a message.
 */
export function decodeMessage(text: string): GatewayMessage {
  const message: unknown = JSON.parse(text);
  if (text.includes("null")) restoreNaN(message);
  if (!isMessage(message)) {
    throw new TypeError(`expected a message, got ${text.slice(0, 40)}`);
  }
  return message;
}

/** Not by a reviver of `JSON.parse`: it takes five times as long, and reading is most of what a drain costs. */
function restoreNaN(value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) restoreNaN(item);
  } else if (isRecord(value)) {
    for (const [key, part] of Object.entries(value)) {
      if (part === null && NUMBERS_THAT_MAY_BE_NAN.has(key)) value[key] = Number.NaN;
      else restoreNaN(part);
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Of a reading and a sensor fault `value`; of a contribution the next four; of a summary the others. */
const NUMBERS_THAT_MAY_BE_NAN: ReadonlySet<string> = new Set([
  "value",
  "share",
  "actual",
  "expected",
  "deviation",
  "median",
  "p95",
  "highest",
]);

const KINDS: Readonly<Record<MessageKind, true>> = {
  anomaly: true,
  "sensor-fault": true,
  drift: true,
  capture: true,
  "score-summary": true,
  label: true,
  losses: true,
};

function isMessage(message: unknown): message is GatewayMessage {
  return (
    typeof message === "object" &&
    message !== null &&
    "kind" in message &&
    typeof message.kind === "string" &&
    Object.hasOwn(KINDS, message.kind) &&
    "id" in message &&
    typeof message.id === "string" &&
    "revision" in message &&
    Number.isSafeInteger(message.revision)
  );
}
