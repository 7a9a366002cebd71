import { Observable } from "rxjs";

/**
 * Emits the items of each batch one by one.
 *
 * The same as `concatMap((batch) => from(batch))`, without a subscription for each batch: sources deliver thousands of readings a second
 * in small batches, and half of their cost was that.
 */
export function emitEach<Item>(batches: Observable<readonly Item[]>): Observable<Item> {
  return new Observable((subscriber) =>
    batches.subscribe({
      next(batch) {
        for (const item of batch) subscriber.next(item);
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    }),
  );
}
