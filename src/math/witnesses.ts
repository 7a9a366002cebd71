/** Tags that tell whether the machine is running, counted anew for every frame. */
export interface Witnesses {
  reset(): void;
  call(isActive: boolean): void;
  /**
   * Whether at least half of the others are active.
   *
   * @param isOne whether the tag in question, which is not active, was called as well
   * @param alone the answer when there are no others
   */
  speakFor(isOne: boolean, alone: boolean): boolean;
}

export function createWitnesses(): Witnesses {
  let all = 0;
  let active = 0;
  return {
    reset() {
      all = 0;
      active = 0;
    },
    call(isActive) {
      all += 1;
      if (isActive) active += 1;
    },
    speakFor(isOne, alone) {
      const others = all - (isOne ? 1 : 0);
      return others > 0 ? 2 * active >= others : alone;
    },
  };
}
