const MOST = 3;

/** The names that a mistyped one may have meant, the nearest first; none when all are far. */
export function nearestNames(wanted: string, names: readonly string[]): string[] {
  const key = wanted.toLowerCase();
  const isNear = (name: string, distance: number): boolean =>
    distance <= Math.max(1, Math.ceil(Math.min(key.length, name.length) / 3)) ||
    (key.length > 2 && name.toLowerCase().includes(key));
  return names
    .map((name) => ({ name, distance: editDistance(key, name.toLowerCase()) }))
    .filter(({ name, distance }) => isNear(name, distance))
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** Characters to insert, delete or replace (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, place) => place);
  for (let taken = 1; taken <= from.length; taken += 1) {
    const above = row;
    row = [taken];
    for (let place = 1; place <= to.length; place += 1) {
      const isSame = from[taken - 1] === to[place - 1];
      const replaced = (above[place - 1] as number) + (isSame ? 0 : 1);
      const shifted = Math.min(above[place] as number, row[place - 1] as number) + 1;
      row.push(Math.min(replaced, shifted));
    }
  }
  return row[to.length] as number;
}
