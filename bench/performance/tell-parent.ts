/** What a child says: how far it is, or what it has measured. */
export type ChildMessage<T> = { readonly progress: string } | { readonly measured: T };

/** In a process that `measureInChild` has started: tells the one that did. */
export function tellParent<T>(message: ChildMessage<T>): void {
  process.send?.(message);
}
