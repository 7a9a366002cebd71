/** Tells those who can be held back when too many windows wait. */
export interface RoomGate {
  /** So many windows wait now. */
  check(waiting: number): void;
}

/** @param onFull told once when more than `room` wait, with what resolves once no more than half of that do */
export function createRoomGate(room: number, onFull: (room: Promise<void>) => void): RoomGate {
  let asked: PromiseWithResolvers<void> | undefined;
  return {
    check(waiting) {
      if (asked === undefined && waiting > room) {
        asked = Promise.withResolvers();
        onFull(asked.promise);
      }
      if (asked !== undefined && waiting <= room / 2) {
        asked.resolve();
        asked = undefined;
      }
    },
  };
}
