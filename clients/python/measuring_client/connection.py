"""Requests and replies over TCP and TLS: bytes out, lines in."""

from __future__ import annotations

import datetime
import json
import os
import socket
import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Dict, Optional, Type, Union

from .errors import ConnectionFailed, error_of

Tls = Union[bool, str, "os.PathLike[str]", ssl.SSLContext]


def context_of(tls: Tls) -> Optional[ssl.SSLContext]:
    """What proves the service: the machine's authorities, a file of certificates, or a context."""
    if tls is False:
        return None
    if isinstance(tls, ssl.SSLContext):
        return tls
    if tls is True:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=os.fspath(tls))
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"the certificates {os.fspath(tls)} can't be read: {error}") from error


@dataclass(frozen=True)
class Address:
    """Where a service is, and how to talk to it."""

    host: str
    port: int
    token: Optional[str]
    tls: Optional[ssl.SSLContext]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Unreachable(ConnectionFailed):
    """What another attempt may mend: nobody listens, or the connection broke."""


class Silence(Unreachable):
    """No line came in time."""


class Connection:
    """A connection for one request, whose reply is a line or more."""

    def __init__(self, address: Address, timeout: float) -> None:
        self._address = address
        self._rest = b""
        try:
            plain = socket.create_connection((address.host, address.port), timeout)
        except OSError as error:
            raise Unreachable(
                f"no service answers on {address} ({error}): start one with tcp_server serve, "
                "or give its host and port"
            ) from error
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = self._wrapped(plain)
        except BaseException:
            plain.close()
            raise

    def _wrapped(self, plain: socket.socket) -> socket.socket:
        context = self._address.tls
        if context is None:
            return plain
        try:
            return context.wrap_socket(plain, server_hostname=self._address.host)
        except ssl.SSLCertVerificationError as error:
            raise ConnectionFailed(
                f"the certificate of {self._address} is not trusted ({error.verify_message}): "
                "give its file as tls=, or the service's name in it as host="
            ) from error
        except ssl.SSLError as error:
            raise ConnectionFailed(
                f"no TLS with {self._address} ({error}): if the service speaks none, leave tls= out"
            ) from error
        except OSError as error:
            raise Unreachable(f"{self._address} broke the connection off ({error})") from error

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._socket.close()

    def send(self, header: str, request: Any) -> None:
        """Sends a request. A service that has heard enough may stop listening: its reply says why."""
        message: Dict[str, Any] = {"Header": header, "Request": request}
        if self._address.token is not None:
            message["Token"] = self._address.token
        text = json.dumps(message, ensure_ascii=False, allow_nan=False, default=_as_json)
        try:
            self._socket.sendall(text.encode("utf-8"))
        except OSError:
            pass  # the reply, or its absence, is what matters

    def response(self, timeout: float) -> Dict[str, Any]:
        """The `Response` of the next line. Raises the error that it tells of."""
        line = self._line(timeout)
        if line.startswith(b"\x15\x03"):
            raise ConnectionFailed(f"{self._address} speaks TLS: give tls=True, or its certificate as tls=")
        try:
            response: Dict[str, Any] = json.loads(line)["Response"]
            status = response["Status"]
        except (ValueError, KeyError, TypeError) as error:
            raise ConnectionFailed(
                f"what answers on {self._address} is no such service: {line[:60]!r}"
            ) from error
        if status == "error":
            raise error_of(response.get("Error") or {"Message": response.get("Discription")})
        return response

    @property
    def _hint(self) -> str:
        return "" if self._address.tls else "; if it speaks TLS, give tls=True, or its certificate"

    def _line(self, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        pieces = [self._rest]
        while b"\n" not in pieces[-1]:
            try:
                self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                piece = self._socket.recv(65536)
            except socket.timeout as error:
                self._rest = b"".join(pieces)
                raise Silence(f"{self._address} didn't reply within {timeout:g} s") from error
            except OSError as error:
                raise Unreachable(
                    f"{self._address} broke the connection off ({error}){self._hint}"
                ) from error
            if piece == b"":
                rest = b"".join(pieces)
                if rest.startswith(b"\x15\x03"):
                    return rest
                raise Unreachable(f"{self._address} closed the connection without a reply{self._hint}")
            pieces.append(piece)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line


def _as_json(value: Any) -> Any:
    """Values beside those of JSON: times, paths, and the numbers and arrays of NumPy."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} can't be sent as JSON: {value!r}")
