import type { Label, LabelInput } from "../core/label.ts";
import type { Score } from "../core/score.ts";
import { derivedId } from "../derived-id.ts";
import { GatewayError } from "../errors.ts";
import { parseLabelInput } from "../math/label-input.ts";
import { isNewer } from "./label-history.ts";
import { createLabelTargets, type Labelled, type TargetFacts } from "./label-targets.ts";

export interface LabelBookOptions {
  /** Name of the gateway. */
  readonly gateway: string;
  /**
   * Keeps a label for good, and then lets it act. When it fails, the label counts as never said, and the one who said it hears the failure.
   */
  readonly store: (label: Label) => Promise<void>;
  /** What was kept so far, in the order in which it came in. */
  readonly labels?: readonly Label[];
  /** @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** Who said what, when. */
export interface LabelBook {
  /** Takes each score of a machine, before the event that comes of it, so that labels know what the windows of events looked like. */
  scored(machine: string, score: Score): void;
  /** Remembers an event or a capture, so that it can be spoken of: the newest 2,000 events and 50,000 windows. */
  note(message: Labelled): void;
  /** Takes what was known of an event before a restart. */
  recall(id: string, facts: TargetFacts): void;
  /** What is known of an event or a window. */
  facts(id: string): TargetFacts | undefined;
  /**
   * Makes a label of what somebody says and stores it; resolves once it is stored. The same label again, whatever way it comes, is the one that is there:
   * nothing is stored twice. Without a time, one that repeats what holds already is the same.
   *
   * @param cameMs when it came in: the time of a label that has none; now if left out
   * @throws GatewayError `LABEL_INVALID` for what is no label, for an unknown target and for a prefix that fits several; what `store` throws
   */
  take(input: LabelInput, cameMs?: number): Promise<Label>;
  /** What was said of a target, oldest first: by the time it was said, then in the order in which it came in. */
  history(target: string): readonly Label[];
  /** The newest label of every target: what holds. */
  current(): readonly Label[];
}

/** A prefix of an id must have so many characters. */
const SHORTEST_PREFIX = 4;

export function createLabelBook(options: LabelBookOptions): LabelBook {
  const { gateway, store, labels = [], now = Date.now } = options;
  const targets = createLabelTargets();
  const histories = new Map<string, readonly Label[]>();
  const storing = new Map<string, Promise<Label>>();

  const add = (label: Label): void => {
    const said = histories.get(label.target) ?? [];
    const place = said.findLastIndex((other) => isNewer(label, other)) + 1;
    histories.set(label.target, said.toSpliced(place, 0, label));
  };
  /** What an earlier label says of a target is enough, when the target itself is long gone. */
  const factsOf = (target: string): TargetFacts | undefined =>
    targets.get(target) ?? histories.get(target)?.at(-1);
  const resolve = (text: string): { target: string; facts: TargetFacts } => {
    const facts = factsOf(text);
    if (facts) return { target: text, facts };
    const ids = new Set([...targets.ids(), ...histories.keys()]);
    const fitting = [...ids].filter((id) => id.startsWith(text));
    const [target] = fitting.length === 1 && text.length >= SHORTEST_PREFIX ? fitting : [];
    const found = target && factsOf(target);
    if (!target || !found) throw unknownTarget(text, fitting.length);
    return { target, facts: found };
  };
  const keep = async (label: Label): Promise<Label> => {
    await store(label);
    add(label);
    return label;
  };

  for (const label of labels) add(label);
  return {
    scored: targets.scored,
    note: targets.note,
    recall: targets.recall,
    facts: targets.get,
    async take(given, cameMs = now()) {
      const input = parseLabelInput(given);
      const { target, facts } = resolve(input.target);
      const said = histories.get(target) ?? [];
      const label = labelOf(gateway, { ...input, target }, facts, cameMs);
      const same = said.find(({ id }) => id === label.id) ?? repeated(input, said.at(-1));
      if (same) return same;
      const work = storing.get(label.id) ?? keep(label).finally(() => storing.delete(label.id));
      storing.set(label.id, work);
      return work;
    },
    history: (target) => histories.get(target) ?? [],
    current: () => [...histories.values()].flatMap((said) => said.slice(-1)),
  };
}

/** Somebody who says again what holds already, and does not say when, has said nothing new. */
function repeated(input: LabelInput, last: Label | undefined): Label | undefined {
  if (input.atMs !== undefined || last === undefined) return undefined;
  const isSame = (["verdict", "faultCode", "note", "by"] as const).every(
    (field) => input[field] === last[field],
  );
  return isSame ? last : undefined;
}

function labelOf(
  gateway: string,
  input: LabelInput,
  { machine, model, pattern }: TargetFacts,
  nowMs: number,
): Label {
  const { target, verdict, by, atMs = nowMs } = input;
  return {
    ...input,
    kind: "label",
    id: derivedId("label", target, by ?? "", atMs, verdict),
    revision: 0,
    gateway,
    machine,
    atMs,
    ...(pattern && { pattern }),
    ...(model && { model }),
  };
}

function unknownTarget(target: string, fitting: number): GatewayError {
  const what = target.length > 60 ? `${target.slice(0, 60)}…` : target;
  return fitting > 1
    ? new GatewayError(
        "LABEL_INVALID",
        `label, target: ${what} fits ${fitting} events and windows`,
        {
          hint: "Give more of the id.",
        },
      )
    : new GatewayError(
        "LABEL_INVALID",
        `label, target: no event or window here has the id ${what}`,
        {
          hint: "Check the id, and whether it belongs to another gateway or is long gone.",
        },
      );
}
