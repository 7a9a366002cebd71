import { GatewayError } from "../errors.ts";

/** Exit codes of the command line. */
export const EXIT = { done: 0, failed: 1, wrongUsage: 2 } as const;

/** Prints the result: one JSON object on stdout with `--json`, lines for people otherwise. */
export function printResult(
  json: boolean | undefined,
  result: object,
  lines: readonly string[],
): void {
  process.stdout.write(`${json ? JSON.stringify(result) : lines.join("\n")}\n`);
}

/** Prints what went wrong to stderr, as JSON to stdout too if asked for, and says which exit code that is. */
export function printFailure(json: boolean, error: unknown): number {
  const known = error instanceof GatewayError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: ${message}\n`);
  for (const cause of causesOf(error)) process.stderr.write(`  because ${cause}\n`);
  if (known && error.hint) process.stderr.write(`  ${error.hint}\n`);
  if (json) {
    const { code, hint } = known ? error : { code: "UNEXPECTED", hint: undefined };
    process.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  }
  return known && error.code === "CONFIG_INVALID" ? EXIT.wrongUsage : EXIT.failed;
}

function* causesOf(error: unknown): Generator<string> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause !== error) yield cause.message;
  }
}
