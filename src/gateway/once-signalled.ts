const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `handler` at the first SIGINT or SIGTERM. A second one finds Node's own handling again and ends the process.
 *
 * @returns a function that takes the handler away
 */
export function onceSignalled(handler: () => void): () => void {
  const remove = (): void => {
    for (const signal of SIGNALS) process.off(signal, handle);
  };
  const handle = (): void => {
    remove();
    handler();
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return remove;
}
