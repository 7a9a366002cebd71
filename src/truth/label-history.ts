import type { Label } from "../core/label.ts";

/** Whether `label`, which came in later, was also said later, or at the same time. */
export function isNewer(label: Label, other: Label): boolean {
  return label.atMs >= other.atMs;
}
