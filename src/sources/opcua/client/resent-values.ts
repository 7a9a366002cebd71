import type { ClientSubscription, DataChangeNotification, DataValue } from "node-opcua-client";

/** Tells the values that a server sent again from new ones. */
export interface ResentValues {
  has(sent: DataValue): boolean;
}

/** Sequence numbers are 32 bit, and begin anew at 1. */
const HALF = 2 ** 31;

/**
 * After a break the library asks for the messages that were lost, while newer ones are already coming. Their sequence numbers tell them apart;
 * by their times alone they would look like a clock that was set back.
 */
export function resentValues(subscription: ClientSubscription): ResentValues {
  const resent = new WeakSet<DataValue>();
  let newest = 0;
  subscription.on("subscriptionId_changed", () => {
    newest = 0;
  });
  subscription.on("raw_notification", ({ sequenceNumber, notificationData }) => {
    if (!notificationData?.length) return; // a keep-alive has the number of the next message
    const behind = newest - sequenceNumber;
    if (behind <= 0 || behind > HALF) {
      newest = sequenceNumber;
      return;
    }
    for (const notification of notificationData) {
      const { monitoredItems } = (notification ?? {}) as Partial<DataChangeNotification>;
      for (const { value } of monitoredItems ?? []) resent.add(value);
    }
  });
  return { has: (sent) => resent.has(sent) };
}
