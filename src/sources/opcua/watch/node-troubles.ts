import type { Reading } from "../../../core/reading.ts";
import type { SourceUpdate } from "../../source-update.ts";
import type { Trouble } from "../../trouble-list.ts";
import type { OpcuaTarget, OpcuaValue } from "../opcua-client.ts";
import { statusTrouble } from "../opcua-failure.ts";
import type { OpcuaTag } from "../opcua-tag.ts";

/** What is wrong with the nodes of one session; they are asked for again and again, and the same answer is told once. */
export interface NodeTroubles {
  /** Why some of the readings that came of a value are bad. */
  explain(tag: OpcuaTag, value: OpcuaValue, readings: readonly Reading[]): readonly SourceUpdate[];
  /** The tag has no value, nor a time for that. */
  blank(tag: OpcuaTag, trouble: Trouble, statusCode?: number): readonly SourceUpdate[];
  /** Something else was told of the tag. */
  clear(tag: OpcuaTag): void;
  clearAll(): void;
}

export function nodeTroubles(target: OpcuaTarget): NodeTroubles {
  const known = new Map<OpcuaTag, Trouble & { readonly statusCode: number }>();
  const blanked = new Map<OpcuaTag, string>(); // with which words

  const troubleOf = (tag: OpcuaTag, statusCode: number): Trouble => {
    const before = known.get(tag);
    if (before?.statusCode === statusCode) return before;
    const error = statusTrouble(target, tag, statusCode);
    const trouble = { part: `tag ${tag.name}`, error, statusCode };
    known.set(tag, trouble);
    return trouble;
  };

  const blank: NodeTroubles["blank"] = (tag, trouble, statusCode) => {
    const { message } = trouble.error;
    if (blanked.get(tag) === message) return [];
    blanked.set(tag, message);
    return [{ blank: [tag.name], trouble, ...(statusCode !== undefined && { statusCode }) }];
  };

  return {
    explain(tag, { statusCode, sourceTimeMs }, readings) {
      const trouble = troubleOf(tag, statusCode);
      // Often the value that follows is stamped long before: when it last changed.
      if (sourceTimeMs === undefined && readings.length === 1) {
        return blank(tag, trouble, statusCode);
      }
      blanked.delete(tag);
      return [{ readings, trouble }];
    },
    blank,
    clear: (tag) => void blanked.delete(tag),
    clearAll: () => blanked.clear(),
  };
}
