import { concat, NEVER, of, Subject, Subscription } from "rxjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { IncomingLabel, LabelInput } from "../../src/core/label.ts";
import { GatewayError } from "../../src/errors.ts";
import { createLabelQueue, MOST_WAITING } from "../../src/gateway/label-queue.ts";

const START_MS = Date.UTC(2026, 10, 27);
const MINUTE_MS = 60_000;
const full = new GatewayError("OUTBOX_FULL", "outbox.db is full", { retryable: true });
const unknown = new GatewayError("LABEL_INVALID", "no event or window here has the id nowhere");

const label = (target: string): IncomingLabel => ({ target, verdict: "fault" });

/** A queue before a store that takes a label only where `refuse` says nothing against it. */
function open(refuse: (target: string) => GatewayError | undefined) {
  const kept: string[] = [];
  const tries: { target: string; atMs: number; cameMs: number }[] = [];
  const troubles: unknown[] = [];
  const take = async ({ target, ...rest }: LabelInput, cameMs: number): Promise<void> => {
    expect(rest).toEqual({ verdict: "fault" });
    tries.push({ target, atMs: Date.now(), cameMs });
    const reason = refuse(target);
    if (reason) throw reason;
    kept.push(target);
  };
  const queue = createLabelQueue({ take, onTrouble: (error) => troubles.push(error) });
  return { queue, kept, tries, troubles };
}

describe("labels that the outbox refuses", () => {
  let running: Subscription;
  beforeEach(() => {
    vi.useFakeTimers({ now: START_MS });
    running = new Subscription();
  });
  afterEach(() => {
    running.unsubscribe();
    vi.useRealTimers();
  });

  it("for the moment are tried until they are kept, in order, each with the time when it came", async () => {
    let isFull = true;
    const { queue, kept, tries, troubles } = open(() => (isFull ? full : undefined));
    running.add(
      queue
        .drain(concat(of(label("a"), label("b"), label("c")), NEVER))
        .subscribe({ error: expect.fail }),
    );
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(kept).toEqual([]);
    expect({ waiting: queue.waiting(), refusal: queue.refusal() }).toEqual({
      waiting: 3,
      refusal: full,
    });
    expect(new Set(tries.map(({ target }) => target))).toEqual(new Set(["a"]));

    isFull = false;
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(kept).toEqual(["a", "b", "c"]);
    expect(tries.at(-1)?.cameMs).toBe(START_MS);
    expect({ waiting: queue.waiting(), refusal: queue.refusal() }).toEqual({ waiting: 0 });
    expect(troubles).toEqual([]);
  });

  it("are tried again within a second at first, and at least once a minute later on", async () => {
    const { queue, tries } = open(() => full);
    running.add(queue.drain(concat(of(label("a")), NEVER)).subscribe({ error: expect.fail }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(tries.length).toBeGreaterThan(1);
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
    const waits = tries.slice(1).map(({ atMs }, place) => atMs - (tries[place]?.atMs ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(MINUTE_MS);
    // 30 s on average, and not again and again at once.
    expect(tries.length).toBeLessThan(300);
  });

  it("for good hold nobody up, and are not tried again", async () => {
    const { queue, kept, tries, troubles } = open((target) =>
      target === "nowhere" ? unknown : undefined,
    );
    running.add(queue.drain(of(label("nowhere"), label("a"))).subscribe({ error: expect.fail }));
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(kept).toEqual(["a"]);
    expect(tries).toHaveLength(2);
    expect(troubles).toEqual([unknown]);
    expect(queue.waiting()).toBe(0);
  });

  it("are forgotten by their source once they are kept or refused for good, and not before", async () => {
    let isFull = true;
    const { queue } = open((target) => {
      if (target === "nowhere") return unknown;
      return isFull ? full : undefined;
    });
    const done: string[] = [];
    const said = ["nowhere", "a", "b"].map((target) => ({
      ...label(target),
      done: () => void done.push(target),
    }));
    running.add(queue.drain(of(...said)).subscribe({ error: expect.fail }));
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(done).toEqual(["nowhere"]);
    isFull = false;
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    expect(done).toEqual(["nowhere", "a", "b"]);
  });

  it("wait up to a bound; those whose source gives them again are never lost", async () => {
    const { queue } = open(() => full);
    const source = new Subject<IncomingLabel>();
    running.add(queue.drain(source).subscribe({ error: expect.fail }));
    for (let nth = 0; nth < MOST_WAITING + 5; nth += 1) source.next(label(`l${nth}`));
    expect({ waiting: queue.waiting(), lost: queue.lost() }).toEqual({
      waiting: MOST_WAITING,
      lost: 5,
    });
    source.next({ ...label("last"), done: () => {} });
    expect({ waiting: queue.waiting(), lost: queue.lost() }).toEqual({
      waiting: MOST_WAITING + 1,
      lost: 5,
    });
  });

  it("are let go, and not confirmed, when the gateway stops", async () => {
    const { queue, tries } = open(() => full);
    const done = vi.fn();
    const subscription = queue.drain(of({ ...label("a"), done })).subscribe();
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
    subscription.unsubscribe();
    const before = tries.length;
    await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
    expect(tries).toHaveLength(before);
    expect(done).not.toHaveBeenCalled();
  });
});
