import { GatewayError } from "../errors.ts";

/** @throws GatewayError `CONFIG_INVALID` for the first option that is not a finite number above zero. */
export function requirePositive(owner: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (Number.isFinite(value) && value > 0) continue;
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: ${option} must be a number above zero, got ${value}`,
    );
  }
}

/** @throws GatewayError `CONFIG_INVALID` for the first option that is not a number from 0 on. */
export function requireNotNegative(owner: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (value >= 0) continue;
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: ${option} must not be negative, got ${value}`,
    );
  }
}

/** @throws GatewayError `CONFIG_INVALID` for the first option that is not a whole number from 1 on. */
export function requireCount(owner: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new GatewayError(
      "CONFIG_INVALID",
      `${owner}: ${option} must be a whole number from 1 on, got ${value}`,
    );
  }
}

/** @throws GatewayError `CONFIG_INVALID` for a value that is none of the choices. */
export function requireOneOf<T>(
  owner: string,
  option: string,
  value: T,
  choices: readonly T[],
): void {
  if (choices.includes(value)) return;
  throw new GatewayError(
    "CONFIG_INVALID",
    `${owner}: ${option} must be one of ${choices.join(", ")}, got ${value}`,
  );
}

/** @throws GatewayError `CONFIG_INVALID` for the first option that nobody knows: a typing error must not pass for a default. */
export function requireKnown<Options extends object>(
  owner: string,
  options: Options,
  known: readonly (keyof Options & string)[],
): void {
  const stranger = Object.keys(options).find(
    (option) => !(known as readonly string[]).includes(option),
  );
  if (stranger === undefined) return;
  throw new GatewayError("CONFIG_INVALID", `${owner}: there is no option "${stranger}"`, {
    hint: `Choose among ${known.join(", ")}.`,
  });
}
