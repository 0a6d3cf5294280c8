"""What can go wrong, with what to do about it."""

from __future__ import annotations

from typing import Any, Dict, Optional, Type


class MeasuringError(Exception):
    """The base of all errors of this package."""


class ConnectionFailed(MeasuringError, ConnectionError):
    """The service can't be reached, has gone, or is no such service: the message says which."""


class WaitTimeout(MeasuringError, TimeoutError):
    """The job has not ended in the time that was given. It goes on: `job` has its id."""

    def __init__(self, message: str, job: str) -> None:
        super().__init__(message)
        self.job = job


class MissingPackage(MeasuringError, ImportError):
    """A package that this one does without is needed for what was asked for."""


class ServiceError(MeasuringError):
    """What the service replied with.

    code: one of the protocol's words, such as "FORMULA_FAILED"; they don't change
    message: what is wrong
    where: of a formula, the place as "file:line:column"; else None
    stack: of a formula, its frames, one a line; else None
    job: id of the job that failed; None where the request itself was refused
    what_to_do: in a sentence
    """

    def __init__(
        self,
        code: str,
        message: str,
        where: Optional[str] = None,
        stack: Optional[str] = None,
        job: Optional[str] = None,
    ) -> None:
        self.code = code
        self.message = message
        self.where = where
        self.stack = stack
        self.job = job
        self.what_to_do = WHAT_TO_DO.get(code, "see the service's protocol")
        place = f" ({where})" if where else ""
        super().__init__(f"{code}{place}: {message}\n{self.what_to_do}")


class FormulaError(ServiceError):
    """The formula can't be loaded, has failed, or takes too much time or memory."""


class DataError(ServiceError):
    """The data can't be read, or the result can't be written."""


class NotFound(ServiceError):
    """There is no such folder, file, formula or job."""


class Unauthorized(ServiceError):
    """The token is missing or wrong."""


class Forbidden(ServiceError):
    """The path or the request is not allowed."""


class Busy(ServiceError):
    """The service takes no more now: try again later."""


class Cancelled(ServiceError):
    """The job was ended before its time."""


WHAT_TO_DO: Dict[str, str] = {
    "BAD_JSON": "This is a fault of the client: report it.",
    "UNKNOWN_HEADER": "This is a fault of the client: report it.",
    "BAD_REQUEST": "Correct the argument that the message names.",
    "FORBIDDEN": "Use a token of a role that the message names, or ask the operator.",
    "FORBIDDEN_PATH": "Use a path under a root of the service, or ask its operator for another.",
    "BASE_NOT_FOUND": "Check directory and base: they are paths of the service's machine.",
    "BASE_NOT_PARQUET": "Check the file; write it again.",
    "BASE_UNREADABLE": "Check the file and the disk; run it again when nobody writes to it.",
    "FORMULA_NOT_FOUND": "Check file: it lies in the directory, on the service's machine.",
    "FORMULA_INVALID": "Correct the formula at the place.",
    "FORMULA_FAILED": "Correct the formula at the place.",
    "FORMULA_TIMEOUT": "Give more timeout_seconds, or less work.",
    "OUTPUT_FAILED": "Make room, or let the service's user write to the directory.",
    "OUT_OF_MEMORY": "Let the formula keep less in memory at once.",
    "CANCELLED": "Run it again if you still want it.",
    "INTERRUPTED": "The service ended while the job ran: run it again.",
    "JOB_NOT_FOUND": "Check the id; jobs are kept for some time only.",
    "JOB_NOT_ENDED": "Watch the job, or ask later.",
    "BUSY": "Wait and try again.",
    "IDLE_TIMEOUT": "Try again.",
    "TOO_LARGE": "Send less; read a large result from its file.",
    "UNAUTHORIZED": "Give the service's token: Client(…, token=…), or MEASURING_TOKEN.",
    "INTERNAL": "This is a fault of the service: report it with the message.",
}

_CLASSES: Dict[str, Type[ServiceError]] = {
    "BASE_NOT_FOUND": NotFound,
    "FORMULA_NOT_FOUND": NotFound,
    "JOB_NOT_FOUND": NotFound,
    "BASE_NOT_PARQUET": DataError,
    "BASE_UNREADABLE": DataError,
    "OUTPUT_FAILED": DataError,
    "FORMULA_INVALID": FormulaError,
    "FORMULA_FAILED": FormulaError,
    "FORMULA_TIMEOUT": FormulaError,
    "OUT_OF_MEMORY": FormulaError,
    "FORBIDDEN": Forbidden,
    "FORBIDDEN_PATH": Forbidden,
    "UNAUTHORIZED": Unauthorized,
    "BUSY": Busy,
    "CANCELLED": Cancelled,
}


def error_of(told: Dict[str, Any], job: Optional[str] = None) -> ServiceError:
    """The exception for an `Error` of the protocol."""
    code = str(told.get("Code", "INTERNAL"))
    return _CLASSES.get(code, ServiceError)(
        code, str(told.get("Message", "")), told.get("Where"), told.get("Stack"), job
    )
