"""The client: jobs of a service from their submission to their result."""

from __future__ import annotations

import datetime
import os
import time as clock
import uuid
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, TypeVar, Union

from .connection import Address, Connection, Silence, Tls, Unreachable, context_of
from .errors import ConnectionFailed, NotFound, ServiceError, WaitTimeout, error_of
from .job import Job
from .progress import Progress, shown_by_itself
from .result import Result

Names = Union[str, "os.PathLike[str]"]
Bases = Union[Names, Sequence[Names]]
Time = Union[str, datetime.date, datetime.datetime]
T = TypeVar("T")

#: Seconds by which a clock may be early.
TICK = 0.01
#: Seconds after which a service repeats the last line of a watch, and some to spare.
WATCH_SILENCE = 45.0
#: Times that run() submits a job which the service has lost, the first one included.
MOST_ATTEMPTS = 3
#: Seconds between two attempts to reach a service, at first and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


class Client:
    """A service, and how to talk to it. Threads may share a client.

    host, port: where it listens; by default MEASURING_HOST and MEASURING_PORT of the environment,
        else 127.0.0.1 and 27700
    token: what it asks for; by default MEASURING_TOKEN, or what the file MEASURING_TOKEN_FILE holds
    tls: True if it speaks TLS; a file of certificates (PEM) to check its own by; an ssl.SSLContext
    timeout: seconds that it may take to reply
    reconnect: seconds for which it may be away. A service that was reached before and is gone is
        tried again for so long; jobs that it has kept go on, others are submitted again
    """

    def __init__(
        self,
        host: Optional[str] = None,
        port: Optional[int] = None,
        *,
        token: Optional[str] = None,
        tls: Tls = False,
        timeout: float = 30.0,
        reconnect: float = 60.0,
    ) -> None:
        self._address = Address(
            host or os.environ.get("MEASURING_HOST") or "127.0.0.1",
            _port(port),
            token if token is not None else _token_there(),
            context_of(tls),
        )
        self._timeout = timeout
        self._reconnect = reconnect
        self._reached = False

    def __repr__(self) -> str:
        return f"Client({self._address.host!r}, {self._address.port})"

    def run(
        self,
        directory: Names,
        base: Bases,
        file: Names,
        *,
        params: Any = None,
        output: Optional[str] = None,
        inputs: Optional[Mapping[str, Bases]] = None,
        from_: Optional[Time] = None,
        to: Optional[Time] = None,
        time: Optional[str] = None,
        filter: Optional[Mapping[str, Any]] = None,
        codec: Optional[str] = None,
        timeout_seconds: Optional[float] = None,
        priority: Optional[int] = None,
        limits: Optional[Mapping[str, int]] = None,
        client: Optional[str] = None,
        key: Optional[str] = None,
        wait: Optional[float] = None,
        progress: Optional[bool] = None,
    ) -> Result:
        """Runs a formula and waits for its result.

        directory, base, file: the folder on the service's machine; data and formula in it
        params: any JSON, which the formula finds in context.params
        output: name of the result; "x.csv" asks for CSV, "x.arrow" for Arrow, "x/" for a folder, "x/{column}/" for one a value
        inputs: further tables by the names that the formula has for them
        from_, to, time, filter: which rows; times are texts of ISO 8601, dates or datetimes
        codec: "snappy", "zstd" or "none"
        timeout_seconds: ends the job after it has run for that time
        priority, client: how it waits among others
        limits: HeapBytes, MemoryBytes, ResultBytes, LogBytes for this job
        key: under which it is submitted once only; the same key and request is the same job
        wait: seconds to wait here; then WaitTimeout is raised, and the job goes on
        progress: shown or not; by default in a terminal and in a notebook

        Ctrl-C, and the interruption of a notebook's cell, cancel the job.
        Raises ServiceError with the code, the place and what to do; ConnectionFailed.
        """
        fields = _fields(
            directory, base, file, params, output, inputs, from_, to, time, filter, codec,
            timeout_seconds, priority, limits, client, key,
        )  # fmt: skip
        deadline = None if wait is None else clock.monotonic() + wait
        job: Optional[Job] = None
        try:
            job = self._submit(fields)
            for attempt in range(MOST_ATTEMPTS):
                try:
                    return self._ended(job.id, deadline, progress)
                except NotFound as error:
                    is_lost = error.code == "JOB_NOT_FOUND" and error.job is None
                    if not is_lost or attempt == MOST_ATTEMPTS - 1:
                        raise
                    # A service that keeps no jobs has come back: under its key this is the same job.
                    job = self._submit(fields)
            raise AssertionError("the last attempt returns or raises")
        except KeyboardInterrupt:
            self._cancel_quietly(job, fields)
            raise

    def submit(
        self,
        directory: Names,
        base: Bases,
        file: Names,
        *,
        params: Any = None,
        output: Optional[str] = None,
        inputs: Optional[Mapping[str, Bases]] = None,
        from_: Optional[Time] = None,
        to: Optional[Time] = None,
        time: Optional[str] = None,
        filter: Optional[Mapping[str, Any]] = None,
        codec: Optional[str] = None,
        timeout_seconds: Optional[float] = None,
        priority: Optional[int] = None,
        limits: Optional[Mapping[str, int]] = None,
        client: Optional[str] = None,
        key: Optional[str] = None,
    ) -> Job:
        """Leaves a job at the service; the arguments are those of run().

        Where the connection breaks before the reply, it is sent again, and yet it is one job.
        """
        return self._submit(
            _fields(
                directory, base, file, params, output, inputs, from_, to, time, filter, codec,
                timeout_seconds, priority, limits, client, key,
            )  # fmt: skip
        )

    def watch(
        self, job: Union[Job, str], *, wait: Optional[float] = None, progress: bool = False
    ) -> Iterator[Job]:
        """The job now, and after every change; the last time when it has ended.

        A connection that breaks is made anew. wait: seconds, after which WaitTimeout is raised.
        progress: also shows it, in the terminal or the notebook's cell.
        """
        deadline = None if wait is None else clock.monotonic() + wait
        shown = Progress() if progress else None
        try:
            for one in self._watch(_id(job), deadline):
                if shown is not None:
                    shown.update(one)
                yield one
        finally:
            if shown is not None:
                shown.end()

    def wait(
        self,
        job: Union[Job, str],
        *,
        wait: Optional[float] = None,
        progress: Optional[bool] = None,
    ) -> Result:
        """Waits for a job's end; gives its result, or raises what it failed with."""
        deadline = None if wait is None else clock.monotonic() + wait
        return self._ended(_id(job), deadline, progress)

    def status(self, job: Union[Job, str]) -> Job:
        """A job as it is now."""
        return Job._of(self._of_job("Status", _id(job))["Job"])

    def result(self, job: Union[Job, str]) -> Result:
        """What a job that has ended came to. Raises what it failed with."""
        return Result(self._of_job("Result", _id(job)))

    def log(self, job: Union[Job, str]) -> List[str]:
        """What a job's formula has printed so far."""
        lines: List[str] = self._of_job("Log", _id(job))["Job"].get("Log", [])
        return lines

    def cancel(self, job: Union[Job, str]) -> Job:
        """Ends a job and waits until it has ended. Look at its state: it may have ended before."""
        return Job._of(self._of_job("Cancel", _id(job))["Job"])

    def jobs(
        self,
        state: Union[str, Sequence[str], None] = None,
        client: Optional[str] = None,
    ) -> Iterator[Job]:
        """The service's jobs, the newest first."""
        fields: Dict[str, Any] = {"Action": "List"}
        if state is not None:
            fields["State"] = state if isinstance(state, str) else list(state)
        if client is not None:
            fields["Client"] = client
        while True:
            response = self._ask("Job", fields)
            for told in response["Jobs"]:
                yield Job._of(told)
            if "Next" not in response:
                return
            fields["After"] = response["Next"]

    def info(self) -> Dict[str, Any]:
        """Figures of the service: memory, load, processes, connections, jobs."""
        figures: Dict[str, Any] = self._ask("Info", "All statistic")["Statistic"]
        return figures

    def _submit(self, fields: Dict[str, Any]) -> Job:
        return Job._of(self._ask("Job", {"Action": "Submit", **fields})["Job"])

    def _of_job(self, action: str, id: str) -> Dict[str, Any]:
        return self._ask("Job", {"Action": action, "Id": id})

    def _ask(self, header: str, request: Any) -> Dict[str, Any]:
        """The response to a request that may be sent twice without harm."""

        def once() -> Dict[str, Any]:
            with Connection(self._address, self._timeout) as connection:
                connection.send(header, request)
                response = connection.response(self._timeout)
                self._reached = True
                return response

        attempts = _Attempts(self._reconnect if self._reached else 0.0)
        while True:
            try:
                return once()
            except Unreachable as error:
                attempts.failed(error)

    def _ended(self, id: str, deadline: Optional[float], progress: Optional[bool]) -> Result:
        """Waits for the end of a job."""
        shown = Progress() if (shown_by_itself() if progress is None else progress) else None
        try:
            for job in self._watch(id, deadline):
                if shown is not None:
                    shown.update(job)
        finally:
            if shown is not None:
                shown.end()
        if "Error" in job.raw:
            raise error_of(job.raw["Error"], id)
        return self.result(id)

    def _watch(self, id: str, deadline: Optional[float]) -> Iterator[Job]:
        attempts = _Attempts(self._reconnect if self._reached else 0.0)
        while True:
            try:
                with Connection(self._address, _until(self._timeout, deadline, id)) as connection:
                    connection.send("Job", {"Action": "Watch", "Id": id})
                    while True:
                        timeout = _until(max(self._timeout, WATCH_SILENCE), deadline, id)
                        job = Job._of(connection.response(timeout)["Job"])
                        self._reached = True
                        attempts = _Attempts(self._reconnect)
                        yield job
                        if job.ended:
                            return
            except Unreachable as error:
                if isinstance(error, Silence) and deadline is not None:
                    _until(self._timeout, deadline - TICK, id)
                attempts.failed(error, deadline)

    def _cancel_quietly(self, job: Optional[Job], fields: Dict[str, Any]) -> None:
        try:
            # One that was interrupted before the reply came is found by its key.
            self.cancel(job or self._submit(fields))
        except (ConnectionFailed, ServiceError):
            pass  # that the user interrupted is what is told


class _Attempts:
    """Attempts to reach a service that is away, for some time."""

    def __init__(self, seconds: float) -> None:
        self._end = clock.monotonic() + seconds
        self._pause = FIRST_PAUSE

    def failed(self, error: Unreachable, deadline: Optional[float] = None) -> None:
        """Waits for the next attempt; raises the error where the time is over."""
        left = self._end - clock.monotonic()
        if left <= 0:
            raise error
        if deadline is not None:
            left = min(left, max(0.0, deadline - clock.monotonic()))
        clock.sleep(min(self._pause, left))
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


def _until(most: float, deadline: Optional[float], job: str) -> float:
    """Seconds to wait at most. Raises WaitTimeout where the time is over."""
    if deadline is None:
        return most
    left = deadline - clock.monotonic()
    if left <= 0:
        raise WaitTimeout(
            f"the job {job} has not ended in time; it goes on: wait() waits for it, cancel() ends it",
            job,
        )
    return min(most, left)


def _id(job: Union[Job, str]) -> str:
    return job.id if isinstance(job, Job) else job


def _port(given: Optional[int]) -> int:
    if given is not None:
        return given
    text = os.environ.get("MEASURING_PORT") or "27700"
    if not text.isdecimal():
        raise ValueError(f"the environment's MEASURING_PORT must be a port, not {text!r}")
    return int(text)


def _token_there() -> Optional[str]:
    path = os.environ.get("MEASURING_TOKEN_FILE")
    if path:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get("MEASURING_TOKEN") or None


def _base(names: Bases) -> Union[str, List[str]]:
    if isinstance(names, (str, os.PathLike)):
        return os.fspath(names)
    return [os.fspath(name) for name in names]


def _time(time: Optional[Time]) -> Optional[str]:
    return time if time is None or isinstance(time, str) else time.isoformat()


def _given(value: Optional[T], change: Callable[[T], Any]) -> Any:
    return None if value is None else change(value)


def _fields(
    directory: Names,
    base: Bases,
    file: Names,
    params: Any,
    output: Optional[str],
    inputs: Optional[Mapping[str, Bases]],
    from_: Optional[Time],
    to: Optional[Time],
    time: Optional[str],
    filter: Optional[Mapping[str, Any]],
    codec: Optional[str],
    timeout_seconds: Optional[float],
    priority: Optional[int],
    limits: Optional[Mapping[str, int]],
    client: Optional[str],
    key: Optional[str],
) -> Dict[str, Any]:
    """A job as the protocol has it."""
    fields = {
        "Directory": os.fspath(directory),
        "Base": _base(base),
        "File": os.fspath(file),
        "Params": params,
        "Output": output,
        "Inputs": _given(inputs, lambda all: {name: _base(one) for name, one in all.items()}),
        "From": _time(from_),
        "To": _time(to),
        "Time": time,
        "Filter": _given(filter, dict),
        "Codec": codec,
        "TimeoutSeconds": timeout_seconds,
        "Priority": priority,
        "Limits": _given(limits, dict),
        "Client": client,
        "Key": key if key is not None else str(uuid.uuid4()),
    }
    return {name: value for name, value in fields.items() if value is not None}
