import { GatewayError } from "../../errors.ts";

/**
 * Reads a template of a topic such as `plant/{gateway}/{machine}`; returns what fills it in.
 *
 * @param option named in errors
 * @throws GatewayError `CONFIG_INVALID` for an unknown placeholder and for what no topic may have.
 */
export function topicTemplate<Name extends string>(
  option: string,
  template: string,
  names: readonly Name[],
): (values: Readonly<Record<Name, string>>) => string {
  const nameOf = (part: string): Name | undefined => names.find((name) => part === `{${name}}`);
  const parts = template.split(/(\{[^}]*\})/);
  const fixed = parts.filter((part) => nameOf(part) === undefined).join("");
  // A topic that begins with $ belongs to the broker.
  if (template === "" || template.startsWith("$") || /[+#{}\p{Cc}]/u.test(fixed)) {
    const choices = names.map((name) => `{${name}}`).join(", ");
    throw new GatewayError("CONFIG_INVALID", `${option}: expected a topic, got "${template}"`, {
      hint: `Use ${choices}, no other braces, no + or #, and no $ at the beginning.`,
    });
  }
  return (values) =>
    parts
      .map((part) => {
        const name = nameOf(part);
        return name === undefined ? part : topicLevel(values[name]);
      })
      .join("");
}

/** Keeps a topic of a few levels below the 65,535 bytes that MQTT has room for. */
const LONGEST_LEVEL = 1000;

/** Makes one level of a topic of a name: what separates levels, or is a wildcard or a control character, becomes `_`, as does nothing at all. */
export function topicLevel(name: string): string {
  const level = name.slice(0, LONGEST_LEVEL).toWellFormed();
  return level.replaceAll(/^\$|[/+#\p{Cc}]/gu, "_") || "_";
}
