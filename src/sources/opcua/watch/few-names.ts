/** `a, b, c and 7 more` */
export function fewNames(tags: readonly { readonly name: string }[]): string {
  const few = tags
    .slice(0, 3)
    .map(({ name }) => name)
    .join(", ");
  return tags.length > 3 ? `${few} and ${tags.length - 3} more` : few;
}
