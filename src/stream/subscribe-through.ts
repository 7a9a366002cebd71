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
  const through = new Subscriber<In>({
    next(value) {
      try {
        next(value);
      } catch (error) {
        target.error(error);
      }
    },
    error: (error: unknown) => target.error(error),
    complete,
  });
  target.add(through);
  return source.subscribe(through);
}
