/** As people write it, to the second, UTC. */
export function shownTime(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace("T", " ");
}
