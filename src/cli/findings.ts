/** What is in a file: for machines, and in lines for people. */
export interface Findings {
  readonly facts: object;
  readonly lines: readonly string[];
}
