/** HTML that may be put into HTML as it is. */
export interface Markup {
  readonly markup: string;
}

/**
 * Writes HTML, and escapes every value that is put into it but other `Markup`: names of tags, models and files come from outside.
 * Lists are joined. For text and attributes in double quotes; not for scripts and styles.
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  return {
    markup: strings
      .map((text, place) => {
        const value = values[place - 1];
        return value === undefined ? text : shown(value) + text;
      })
      .join(""),
  };
}

function shown(value: string | number | Markup | readonly Markup[]): string {
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  return "markup" in value ? value.markup : value.map(({ markup }) => markup).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
