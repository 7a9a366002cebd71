import type { Reading } from "../core/reading.ts";
import type { Tag } from "../core/tag.ts";
import { GatewayError } from "../errors.ts";
import type { Source } from "../sources/source.ts";
import type { Machine } from "./machine.ts";

/** What the router knows of a machine. */
export interface Taker {
  readonly tags: readonly Tag[];
  /** @param place of the reading's tag among `tags` */
  push(reading: Reading, place: number): void;
}

/** Where the readings of one tag go. */
interface Route {
  readonly tag: string;
  readonly ends: { readonly taker: Taker; readonly place: number }[];
  /** The route of the reading that came after the last one of this tag. */
  next: Route | undefined;
}

/** Hands readings to whoever wants them. */
export interface Router {
  /** `false` when nobody wants the tag. */
  route(reading: Reading): boolean;
  /** To be called when somebody wants other tags than before. */
  refresh(): void;
}

/**
 * A scan delivers its tags in the same order every time: whichever came next the last time is tried first, and only
 * another one is looked up.
 */
export function createRouter(takers: readonly Taker[]): Router {
  const routes = new Map<string, Route>();
  let last: Route = { tag: "", ends: [], next: undefined };
  const refresh = (): void => {
    routes.clear();
    last = { tag: "", ends: [], next: undefined };
    for (const taker of takers) {
      taker.tags.forEach(({ name }, place) => {
        const route = routes.get(name) ?? { tag: name, ends: [], next: undefined };
        route.ends.push({ taker, place });
        routes.set(name, route);
      });
    }
  };
  refresh();
  return {
    refresh,
    route(reading) {
      let route = last.next;
      if (route?.tag !== reading.tag) {
        route = routes.get(reading.tag);
        if (route === undefined) return false;
        last.next = route;
      }
      last = route;
      for (const { taker, place } of route.ends) taker.push(reading, place);
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
