/** A named signal of a machine. */
export interface Tag {
  /** Unique within a gateway, e.g. `pump1.bearingTemperature`. */
  readonly name: string;
  /** Engineering unit as people write it, e.g. `bar`, `°C`, `mm/s`. */
  readonly unit?: string;
  /** Lowest and highest value that is physically possible, in `unit`. */
  readonly range?: readonly [low: number, high: number];
}
