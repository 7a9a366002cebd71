import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { MessageKind } from "../../core/message-kind.ts";
import type { ModelIdentity } from "../../core/model-card.ts";

/** One stored object, as the manifest names it. */
export interface S3ManifestObject {
  readonly key: string;
  readonly kind: MessageKind;
  /** Absent for a report of losses. */
  readonly machine?: string;
  /** Messages in it. */
  readonly count: number;
  /** Of the object as it is stored, gzip-compressed. */
  readonly bytes: number;
  /** Of the object as it is stored, in hexadecimal. */
  readonly sha256: string;
  /** The earliest and the latest moment that its messages speak of, in epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** The models that its messages come from. */
  readonly models: readonly ModelIdentity[];
}

/** Which message lies where. */
export interface S3ManifestMessage extends Pick<GatewayMessage, "id" | "revision"> {
  /** Place in `objects`. */
  readonly object: number;
}

/** What one batch of one gateway has brought. It is stored last: whoever finds it finds all that it names. */
export interface S3Manifest {
  readonly version: 1;
  /** The batch, derived from its messages, so that a repetition has the same. */
  readonly id: string;
  readonly gateway: string;
  /** `true` for a batch that has waited in the outbox; absent in a live one. */
  readonly replay?: true;
  /** Messages in all. */
  readonly count: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly objects: readonly S3ManifestObject[];
  /** In the order in which they left the gateway. */
  readonly messages: readonly S3ManifestMessage[];
}
