/** Reads the entries of a list in the way that `browse --yaml` writes them: one mapping on a line, with a comment behind. */
export function yamlEntries(text: string, list: string): Record<string, unknown>[] {
  const lines = text.split("\n");
  const start = lines.indexOf(`${list}:`);
  const entries = [];
  for (const line of lines.slice(start + 1)) {
    if (/^\s*#/.test(line)) continue;
    const mapping = /^ {2}- \{ (.*) \} #/.exec(line)?.[1];
    if (mapping === undefined) break;
    entries.push(
      Object.fromEntries(
        mapping.split(/, (?=\w+: )/).map((pair) => {
          const [, key = "", value = ""] = /^(\w+): (.*)$/.exec(pair) ?? [];
          return [key, scalar(value)];
        }),
      ),
    );
  }
  return entries;
}

function scalar(text: string): unknown {
  return /^[A-Za-z]/.test(text) ? text : JSON.parse(text);
}
