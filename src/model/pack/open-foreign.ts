import { GatewayError } from "../../errors.ts";
import { type OnnxSession, openSession } from "../runtime.ts";
import type { ForeignModel } from "./foreign-model.ts";

/** What ONNX Runtime writes when it does not take a graph, and what that means for the person who exported it. */
const REFUSALS: readonly {
  readonly pattern: RegExp;
  readonly say: (found: readonly string[]) => string;
  readonly hint: string;
}[] = [
  {
    pattern: /No Op registered for (\S+) with domain_version of (\d+)/,
    say: ([operator, version]) =>
      `does not know the operator ${operator} in opset ${version} of the standard operators`,
    hint: "Check the name, or export with an opset that has this operator.",
  },
  {
    pattern: /(\S+?)\(-?\d+\) is not a registered function\/op/,
    say: ([operator]) => `does not know the operator ${operator}`,
    hint: "Export with standard ONNX operators only: an operator of one's own cannot be run.",
  },
  {
    pattern: /Could not find an implementation for (\S+?)\((\d+)\)/,
    say: ([operator, version]) =>
      `has no implementation of the operator ${operator} of opset ${version}, or none for these types`,
    hint: "Export with a newer opset, such as 17, and with float32 throughout.",
  },
  {
    pattern: /Opset (\d+) is under development.*till opset (\d+)/s,
    say: ([got, most]) => `knows opsets up to ${most}, the file needs opset ${got}`,
    hint: "Export with an older opset, such as 17.",
  },
  {
    pattern: /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    say: ([got, most]) => `knows files of IR version ${most} and before, this one has ${got}`,
    hint: "Export with an older version of the onnx library.",
  },
];

/**
 * Loads a graph made from a foreign one.
 *
 * @throws GatewayError `MODEL_INVALID` naming the operator or opset that ONNX Runtime does not know; `DEPENDENCY_MISSING`
 */
export async function openForeign(
  bytes: Uint8Array,
  { producer, opsets }: ForeignModel,
  name: string,
): Promise<OnnxSession> {
  try {
    return await openSession(bytes, name);
  } catch (refused) {
    const { cause } = refused as GatewayError;
    const reason = cause instanceof Error ? cause.message : "";
    const made = `made by ${producer}, ${showOpsets(opsets)}`;
    for (const { pattern, say, hint } of REFUSALS) {
      const found = pattern.exec(reason)?.slice(1);
      if (found === undefined) continue;
      throw new GatewayError("MODEL_INVALID", `${name}: ONNX Runtime ${say(found)} (${made})`, {
        cause,
        hint,
      });
    }
    throw refused;
  }
}

function showOpsets(opsets: ForeignModel["opsets"]): string {
  return Array.from(opsets, ([domain, version]) =>
    domain === "" ? `opset ${version}` : `${domain} ${version}`,
  ).join(", ");
}
