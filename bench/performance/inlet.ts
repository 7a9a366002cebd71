import { Observable, type Subscriber } from "rxjs";

/** Where values are put into one stream, as a gateway puts frames in: a `Subject` would cost more than what is measured. */
export interface Inlet<T> {
  readonly values: Observable<T>;
  next(value: T): void;
}

/** To be subscribed once. */
export function createInlet<T>(): Inlet<T> {
  let receiver: Subscriber<T> | undefined;
  return {
    values: new Observable((subscriber) => {
      receiver = subscriber;
    }),
    next: (value) => receiver?.next(value),
  };
}
