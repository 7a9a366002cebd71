/** Writes one mapping of texts, numbers and lists of numbers on one line of YAML. */
export function yamlFlow(entries: Readonly<object>): string {
  const pairs = Object.entries(entries).map(([key, value]) => `${key}: ${yamlValue(value)}`);
  return `{ ${pairs.join(", ")} }`;
}

/** Words stand as they are; everything that YAML could take for something else is quoted, in the way of JSON, which YAML reads. */
function yamlValue(value: unknown): string {
  const isWord = typeof value === "string" && /^[A-Za-z][\w.]*$/.test(value);
  const isReserved =
    typeof value === "string" && /^(y|n|yes|no|on|off|true|false|null)$/i.test(value);
  return isWord && !isReserved ? value : JSON.stringify(value);
}
