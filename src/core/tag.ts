/** A named signal of a machine. */
export interface Tag {
  /** Unique within a gateway, e.g. `pump1.bearingTemperature`. */
  readonly name: string;
  /** Engineering unit as people write it, e.g. `bar`, `°C`, `mm/s`. */
  readonly unit?: string;
  /** Lowest and highest value that is physically possible, in `unit`. */
  readonly range?: readonly [low: number, high: number];
  /**
   * When its source sends a reading: every time it has looked (`sampled`), or only when something has changed (`on-change`). The
   * value of an `on-change` tag stands, however old, until its source sends another or says that it is `bad`.
   * @defaultValue `"sampled"`
   */
  readonly reporting?: "sampled" | "on-change";
  /** How often its source reads a sampled tag, in milliseconds; absent where it does not know, as in a recording. */
  readonly periodMs?: number;
}
