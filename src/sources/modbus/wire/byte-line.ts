/** Bytes to and from the devices, whatever carries them. One line is opened once and closed once. */
export interface ByteLine {
  /** Rejects with the reason, in words for the operator, when there is no way to the devices. */
  open(): Promise<void>;
  send(bytes: Buffer): void;
  /** At once, also while opening. Never fails; what was being sent or received is dropped. */
  close(): void;
}

export interface LineListener {
  heard(bytes: Buffer): void;
  /** The line is gone for good. May be told more than once, and after `close`. */
  lost(cause: Error): void;
}
