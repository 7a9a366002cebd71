import type { GatewayError } from "../../errors.ts";
import type { UnitFindings } from "../../sources/modbus/browse/browse-unit.ts";
import type { GuessRanking } from "../../sources/modbus/browse/rank-guesses.ts";
import type { ModbusLine } from "../../sources/modbus/modbus-client.ts";

/** A unit that has answered, and what its registers may be. */
export interface BrowsedUnit extends UnitFindings {
  /** For the runs of the tables of registers, in their order. */
  readonly ranking: GuessRanking;
}

/** What was found on a line. */
export interface BrowsedLine {
  readonly address: string;
  readonly line: ModbusLine;
  readonly units: readonly BrowsedUnit[];
  /** Units that are not there. */
  readonly failures: ReadonlyMap<number, GatewayError>;
}
