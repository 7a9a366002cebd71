/** `a, b, c and 7 more` */
export function fewNames(names: readonly string[]): string {
  const few = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${few} and ${names.length - 3} more` : few;
}
