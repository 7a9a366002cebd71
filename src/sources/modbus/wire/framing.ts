/** How requests and answers are told from each other in a stream of bytes. Holds the state of one line. */
export interface Framing {
  /** The bytes to send for a request, given as a frame of a serial line. */
  wrap(request: Buffer): Buffer;
  /**
   * The answers that are complete now, as frames of a serial line with a right checksum.
   *
   * @throws Error when the bytes cannot be followed any more and only a new connection helps.
   */
  unwrap(bytes: Buffer): readonly Buffer[];
}
