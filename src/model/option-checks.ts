import { isObservable } from "rxjs";
import { GatewayError } from "../errors.ts";

/** Checks that training and packing share. */
export interface OptionChecks {
  /** @throws GatewayError `CONFIG_INVALID` for the first option that is not a text, or empty */
  requireText(options: Readonly<Record<string, unknown>>): void;
  /** @throws GatewayError `CONFIG_INVALID` for what gives neither readings nor frames */
  requireData(option: string, data: unknown): void;
  /** The error for an option that is not what it must be. */
  invalid(option: string, expected: string, got: unknown): GatewayError;
}

/** @param owner the function whose options are checked, named in errors */
export function optionChecks(owner: string): OptionChecks {
  const invalid = (option: string, expected: string, got: unknown, hint?: string): GatewayError =>
    new GatewayError(
      "CONFIG_INVALID",
      `${owner}: ${option} must be ${expected}, got ${show(got)}`,
      hint === undefined ? {} : { hint },
    );
  return {
    invalid,
    requireText(options) {
      for (const [option, value] of Object.entries(options)) {
        if (typeof value === "string" && value !== "") continue;
        throw invalid(option, "a text that is not empty", value);
      }
    },
    requireData(option, data) {
      if (isObservable(data)) return;
      if (typeof data === "object" && data !== null) {
        if ("readings" in data && isObservable(data.readings)) return;
        if (Symbol.iterator in data) return;
      }
      const expected = "a source, an observable of frames or an iterable of frames";
      throw invalid(option, expected, data, "Wrap the path of a recording in `traceSource`.");
    },
  };
}

function show(value: unknown): string {
  if (typeof value === "string" || Array.isArray(value)) return JSON.stringify(value);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
