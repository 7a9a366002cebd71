import { type Observable, Subscriber, type Subscription } from "rxjs";

/**
 * Subscribes to `source` for `target`: `next` takes the values, in place of a chain of operators, on the hot path. What `next` throws fails the target.
 *
 * The end of `target` ends the subscription, also in the middle of a source that never pauses.
 *
 * @param complete told that the source has ended, in place of the target
 */
export function subscribeThrough<In, Out>(
  source: Observable<In>,
  target: Subscriber<Out>,
  next: (value: In) => void,
  complete: () => void = () => target.complete(),
): Subscription {
  const through = new Through(target, next, complete);
  target.add(through);
  return source.subscribe(through);
}

/** Takes values itself, where a plain subscriber hands them on to an observer: what it touches for each is all that a stream costs. */
class Through<In> extends Subscriber<In> {
  private readonly target: Pick<Subscriber<unknown>, "error">;
  private readonly take: (value: In) => void;

  constructor(
    target: Pick<Subscriber<unknown>, "error">,
    take: (value: In) => void,
    complete: () => void,
  ) {
    super({ next: take, error: (error: unknown) => target.error(error), complete });
    this.target = target;
    this.take = take;
  }

  override next(value: In): void {
    if (this.closed) return;
    try {
      this.take(value);
    } catch (error) {
      this.target.error(error);
    }
  }
}
