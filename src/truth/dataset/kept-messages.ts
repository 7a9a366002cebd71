import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { MessageKind } from "../../core/message-kind.ts";

/** Where captures and labels were kept; an outbox is one. */
export interface KeptMessages {
  /** Reads what was kept of a kind, oldest first; in pieces, with the `sequence` of the last one as `after`. */
  kept(
    kind: MessageKind,
    options?: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly { readonly sequence: number; readonly message: GatewayMessage }[]>;
}

/** Captures of a large window take a megabyte each. */
const PIECE = 100;

/** All that is kept of a kind at the moment, oldest first; no more than a piece of it in memory. */
export async function* keptOf<K extends MessageKind>(
  source: KeptMessages,
  kind: K,
): AsyncGenerator<Extract<GatewayMessage, { kind: K }>, void> {
  let after = 0;
  for (;;) {
    const items = await source.kept(kind, { after, limit: PIECE });
    for (const { sequence, message } of items) {
      after = sequence;
      if (isOfKind(message, kind)) yield message;
    }
    if (items.length === 0) return;
  }
}

function isOfKind<K extends MessageKind>(
  message: GatewayMessage,
  kind: K,
): message is Extract<GatewayMessage, { kind: K }> {
  return message.kind === kind;
}
