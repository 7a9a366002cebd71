import { GatewayError } from "../../errors.ts";
import { type ExpressionToken, quoteName } from "./expression-token.ts";
import { nearestNames } from "./nearest-names.ts";

/** Most tags to list where a name is not known. */
const FEW = 12;

/** The error for a mistake in an expression: what is wrong, the expression, and a caret below the place. */
export function expressionFlaw(
  text: string,
  { start }: Pick<ExpressionToken, "start">,
  problem: string,
  hint?: string,
): GatewayError {
  const indent = " ".repeat([...text.slice(0, start)].length);
  return new GatewayError(
    "CONFIG_INVALID",
    `running: ${problem}, at character ${start + 1}\n  ${text.replaceAll(/\s/g, " ")}\n  ${indent}^`,
    hint === undefined ? {} : { hint },
  );
}

/** The error for a name that no tag has. */
export function unknownTag(
  text: string,
  token: ExpressionToken,
  tagNames: readonly string[],
): GatewayError {
  const near = nearestNames(token.text, tagNames).map(quoteName);
  const known = tagNames.slice(0, FEW).map(quoteName).join(", ");
  const more = tagNames.length > FEW ? ` and ${tagNames.length - FEW} more` : "";
  return expressionFlaw(
    text,
    token,
    `there is no tag ${quoteName(token.text)}`,
    near.length > 0
      ? `Write ${near.join(" or ")}, if that was meant.`
      : `Choose among the tags ${known}${more}; put a name in "quotes" where it holds blanks or signs.`,
  );
}
