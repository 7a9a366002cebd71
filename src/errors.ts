/** Every code this library throws; each has a heading in `docs/errors.md`. */
export type ErrorCode =
  | "CONFIG_INVALID"
  | "DEPENDENCY_MISSING"
  | "FILE_UNREADABLE"
  | "FILE_UNWRITABLE"
  | "TRACE_INVALID"
  | "SOURCE_UNREACHABLE"
  | "SOURCE_REJECTED"
  | "TRAINING_DATA_INSUFFICIENT"
  | "TRAINING_DIVERGED"
  | "TRAINING_FAILED"
  | "MODEL_INVALID"
  | "MODEL_MISMATCH"
  | "SCORING_FAILED"
  | "SINK_UNREACHABLE"
  | "SINK_REJECTED"
  | "OUTBOX_UNAVAILABLE"
  | "OUTBOX_FULL"
  | "LABEL_INVALID";

export interface GatewayErrorOptions extends ErrorOptions {
  /**
   * Whether the same call may succeed later, unchanged.
   * @defaultValue false
   */
  readonly retryable?: boolean;
  /** What the operator can do about it, as one imperative sentence. */
  readonly hint?: string;
}

/** The one error class of this library: switch on `code`, never on the message. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint;
  }

  /** So that `JSON.stringify` of a health report shows the message, too. */
  toJSON(): object {
    const { code, message, retryable, hint, cause } = this;
    return {
      code,
      message,
      retryable,
      hint,
      cause: cause instanceof Error ? cause.message : cause,
    };
  }
}
