"""Client of the service for measurement data; Python's standard library is enough.

    from measuring_client import Client

    result = Client("127.0.0.1", 27700).run("/data", "time_series.parquet", "work.ts")
    print(result.path, result.value)
"""

from .client import Client
from .errors import (
    Busy,
    Cancelled,
    ConnectionFailed,
    DataError,
    Forbidden,
    FormulaError,
    MeasuringError,
    MissingPackage,
    NotFound,
    ServiceError,
    Unauthorized,
    WaitTimeout,
)
from .job import Job
from .result import Result

__version__ = "0.1.0"

__all__ = [
    "Busy",
    "Cancelled",
    "Client",
    "ConnectionFailed",
    "DataError",
    "Forbidden",
    "FormulaError",
    "Job",
    "MeasuringError",
    "MissingPackage",
    "NotFound",
    "Result",
    "ServiceError",
    "Unauthorized",
    "WaitTimeout",
]
