import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import { GatewayError } from "../errors.ts";
import type { Source } from "../sources/source.ts";
import type { Machine } from "./machine.ts";

/** Hands readings to the machines that want them. */
export interface Router {
  /** `false` when no machine wants the tag. */
  route(reading: Reading): boolean;
  /** To be called when a machine wants other tags than before. */
  refresh(): void;
}

export function createRouter(machines: readonly Machine[]): Router {
  const takers = new Map<string, Machine[]>();
  const refresh = (): void => {
    takers.clear();
    for (const machine of machines) {
      for (const { name } of machine.tags) takers.set(name, [...(takers.get(name) ?? []), machine]);
    }
  };
  refresh();
  return {
    refresh,
    route(reading) {
      const wanting = takers.get(reading.tag);
      if (wanting === undefined) return false;
      for (const machine of wanting) machine.push(reading);
      return true;
    },
  };
}

/**
 * What the sources deliver, by name.
 *
 * @throws GatewayError `CONFIG_INVALID` naming the tag that comes twice
 */
export function collectTags(sources: readonly Source[]): ReadonlyMap<string, Tag> {
  const deliveredBy = new Map<string, string>();
  const collected = new Map<string, Tag>();
  for (const source of sources) {
    for (const tag of source.tags) {
      const other = deliveredBy.get(tag.name);
      if (other !== undefined) {
        throw new GatewayError(
          "CONFIG_INVALID",
          `tag "${tag.name}" comes from two sources: ${other} and ${source.name}`,
          { hint: "Give the tag another name in one of them." },
        );
      }
      deliveredBy.set(tag.name, source.name);
      collected.set(tag.name, tag);
    }
  }
  return collected;
}

/** @throws GatewayError `CONFIG_INVALID` naming the machine, the missing tags and the tags there are */
export function requireTags(
  machines: readonly Machine[],
  sourceTags: ReadonlyMap<string, Tag>,
): void {
  for (const { name, tags } of machines) {
    const missing = tags.filter((tag) => !sourceTags.has(tag.name)).map((tag) => tag.name);
    if (missing.length === 0) continue;
    const delivered = [...sourceTags.keys()].join(", ");
    throw new GatewayError(
      "CONFIG_INVALID",
      `machine "${name}": its model needs ${missing.join(", ")}, the sources deliver ${delivered}`,
      { hint: "Add the tag to a source, or map its name with the machine's tagNames." },
    );
  }
}

/** A tag read at less than every second frame of its model has mostly unknown cells: such a machine would look healthy and be blind. */
const SLOWEST_PERIODS = 2;

/** @throws GatewayError `CONFIG_INVALID` when a machine's tag is read too seldom for its model */
export function requirePace(machines: readonly Machine[]): void {
  for (const { name, periodMs, tags } of machines) {
    const slow = tags.find(
      (tag) => tag.reporting !== "on-change" && (tag.periodMs ?? 0) > SLOWEST_PERIODS * periodMs,
    );
    if (slow === undefined) continue;
    throw new GatewayError(
      "CONFIG_INVALID",
      `machine "${name}": its model has a frame every ${periodMs} ms, ${slow.name} is read only every ${slow.periodMs} ms`,
      { hint: "Read as often as when the model was trained, or train it anew at this pace." },
    );
  }
}
