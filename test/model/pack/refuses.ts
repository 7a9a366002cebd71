import { expect, it } from "vitest";
import type { PackModelOptions } from "../../../src/model/pack/pack-options.ts";
import { packFor } from "./packing.ts";

export interface Refusal {
  readonly title: string;
  readonly file: Uint8Array | string;
  readonly options?: Partial<PackModelOptions>;
  readonly code: string;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

/** One test for each file or option that is refused, by code, message and hint. */
export const refuses = (refusals: readonly Refusal[]): void => {
  it.each(refusals)("$title", async ({ file, options, code, message, hint }) => {
    await expect(packFor(file, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      ...(hint && { hint: expect.stringMatching(hint) }),
    });
  });
};
