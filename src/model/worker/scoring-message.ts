import type { OnnxSession, SessionSettings, TensorData } from "../runtime.ts";
import type { PortableError } from "./portable-error.ts";

/** What the scoring thread starts with. */
export interface ScoringOrder {
  readonly bytes: Uint8Array;
  /** In errors. */
  readonly name: string;
  readonly settings: SessionSettings;
}

/** What the scoring thread is asked, one question at a time; arrays are views of shared memory. */
export type ScoringQuestion =
  | { readonly type: "describe" }
  | { readonly type: "run"; readonly feeds: Readonly<Record<string, TensorData>> };

/** What it answers; arrays are views of shared memory that the next answer writes over. */
export type ScoringAnswer =
  | ({ readonly type: "described" } & Pick<OnnxSession, "inputs" | "outputs">)
  | { readonly type: "ran"; readonly results: Readonly<Record<string, TensorData>> }
  | { readonly type: "failed"; readonly error: PortableError };
