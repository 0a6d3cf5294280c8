import { type ErrorCode, type ErrorRecord, ServiceError } from "../common/errors.ts";

/** An error as replies tell of it. */
export interface ErrorInfo {
  Code: ErrorCode;
  Message: string;
  /** Where a formula failed, `file:line:column`, and how it got there. */
  Where?: string;
  Stack?: string;
}

/** An error for a reply. */
export function errorInfo({ code, message, where, stack }: ErrorRecord): ErrorInfo {
  return {
    Code: code,
    Message: message,
    ...(where === undefined ? {} : { Where: where }),
    ...(stack === undefined ? {} : { Stack: stack }),
  };
}

/** The error that a reply tells of. */
export function errorOf({ Code, Message, Where, Stack }: ErrorInfo): ServiceError {
  return ServiceError.fromRecord({
    code: Code,
    message: Message,
    ...(Where === undefined ? {} : { where: Where }),
    ...(Stack === undefined ? {} : { stack: Stack }),
  });
}
