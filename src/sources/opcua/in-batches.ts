/** What servers answer when a call asks for too much at once. */
const TOO_MUCH =
  /BadTooManyOperations|BadResponseTooLarge|BadRequestTooLarge|BadEncodingLimitsExceeded|BadTcpMessageTooLarge/;

/** Calls for items in batches of `most`, and in smaller ones where the server says that a batch is too large. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  most: number,
  call: (batch: readonly Item[]) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let size = Math.max(1, most);
  for (let start = 0; start < items.length; ) {
    const batch = items.slice(start, start + size);
    try {
      results.push(...(await call(batch)));
      start += batch.length;
    } catch (cause) {
      if (batch.length === 1 || !TOO_MUCH.test(String((cause as Error).message))) throw cause;
      size = Math.ceil(batch.length / 2);
    }
  }
  return results;
}
