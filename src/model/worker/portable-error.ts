import { type ErrorCode, GatewayError } from "../../errors.ts";

/** An error as plain data, so that it gets from one thread to another. */
export interface PortableError {
  /** Of a GatewayError. */
  readonly code?: ErrorCode;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly cause?: PortableError;
}

/** Takes everything out of an error that a reader needs; what is thrown and is no error becomes its message. */
export function packError(error: unknown): PortableError {
  const { name, message, stack, cause } = error instanceof Error ? error : new Error(String(error));
  const isOurs = error instanceof GatewayError;
  return {
    ...(isOurs && { code: error.code }),
    name,
    message,
    stack,
    retryable: isOurs && error.retryable,
    hint: isOurs ? error.hint : undefined,
    ...(cause !== undefined && { cause: packError(cause) }),
  };
}

/** Makes an error of the same code, message, hint and causes; its stack is that of the thread it comes from. */
export function unpackError(packed: PortableError): Error {
  const { code, name, message, stack, retryable, hint, cause } = packed;
  const options = cause === undefined ? {} : { cause: unpackError(cause) };
  const error =
    code === undefined
      ? Object.assign(new Error(message, options), { name })
      : new GatewayError(code, message, {
          ...options,
          retryable,
          ...(hint !== undefined && { hint }),
        });
  return Object.assign(error, stack !== undefined && { stack });
}
