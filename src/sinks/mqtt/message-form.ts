import type { GatewayMessage } from "../../core/gateway-message.ts";
import type { Delivery, WriteResult } from "../sink.ts";
import type { LastWill, MessageHandler, Session } from "./session.ts";

/** How messages look on the way: what a connection begins and ends with, and what becomes of a batch. Serves one gateway. */
export interface MessageForm {
  /** What the next connection is made with. */
  prepare(): { readonly will: LastWill; readonly onMessage?: MessageHandler };
  /**
   * Says hello on a new connection.
   * @throws GatewayError when the broker does not take it.
   */
  begin(session: Session): Promise<void>;
  /** As `Sink.write`. */
  write(
    session: Session,
    batch: readonly GatewayMessage[],
    delivery: Delivery | undefined,
  ): Promise<WriteResult>;
  /** Says goodbye, before the connection is closed. */
  farewell(session: Session): Promise<void>;
}
