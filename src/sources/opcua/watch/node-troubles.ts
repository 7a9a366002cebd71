import type { SourceUpdate } from "../../source-update.ts";
import type { Trouble } from "../../trouble-list.ts";
import type { OpcuaTarget } from "../opcua-client.ts";
import { statusTrouble } from "../opcua-failure.ts";
import type { OpcuaTag } from "../opcua-tag.ts";

/** What is wrong with the nodes of one session; they are asked for again and again, and the same answer is told once. */
export interface NodeTroubles {
  /** Why a value of this status is bad. */
  of(tag: OpcuaTag, statusCode: number): Trouble;
  /** The tag has no value, nor a time for that. */
  blank(tag: OpcuaTag, trouble: Trouble, statusCode?: number): readonly SourceUpdate[];
  /** Something else was told of the tag. */
  clear(tag: OpcuaTag): void;
  clearAll(): void;
}

export function nodeTroubles(target: OpcuaTarget): NodeTroubles {
  const known = new Map<OpcuaTag, Trouble & { readonly statusCode: number }>();
  const blanked = new Map<OpcuaTag, string>(); // with which words
  return {
    of(tag, statusCode) {
      const before = known.get(tag);
      if (before?.statusCode === statusCode) return before;
      const error = statusTrouble(target, tag, statusCode);
      const trouble = { part: `tag ${tag.name}`, error, statusCode };
      known.set(tag, trouble);
      return trouble;
    },
    blank(tag, trouble, statusCode) {
      const { message } = trouble.error;
      if (blanked.get(tag) === message) return [];
      blanked.set(tag, message);
      return [{ blank: [tag.name], trouble, ...(statusCode !== undefined && { statusCode }) }];
    },
    clear: (tag) => void blanked.delete(tag),
    clearAll: () => blanked.clear(),
  };
}
