"""Files on other machines, whole or in byte ranges: by HTTP, and by XRootD if its package is
installed.
"""

import importlib
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from wollemi.analysis.plain.addresses import public_url, split_address
from wollemi.base.machine_errors import machine_error
from wollemi.base.user_commands import install_command
from wollemi.inputs.credentials import bearer_token, is_meant_for, proxy_error, token_error
from wollemi_likelihood.base.errors import WollemiError

SCHEMES = ("http", "https", "dav", "davs", "root", "xroot")
RETRIES = 3
TIMEOUT_S = 30
_PIECE = 1 << 20  # bytes
_WEB = {"dav": "http", "davs": "https"}  # WebDAV reads a file by HTTP
_CREDENTIALS = (401, 403, 407)
_GONE = (404, 410)
_BUSY = (408, 425, 429)  # client errors (4xx) that are temporary
PASSING = (OSError, ValueError, HTTPException)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# XRootD's client waits for minutes if the server does not answer; its own names and units (s).
_PATIENCE = {"XRD_CONNECTIONWINDOW": "10", "XRD_CONNECTIONRETRY": "2"}
_REFUSED = re.compile(r"auth|\[3010\]|permission denied|unable to give access", re.IGNORECASE)
_ABSENT = re.compile(r"\[3011\]|no such file", re.IGNORECASE)


class UnreachableError(WollemiError):
    """A server that does not answer, because of the server or the network."""


Read = TypeVar("Read")


class Ranges(Protocol):
    """Source of the bytes of one file; several threads may request ranges at once."""

    def get(self, start: int, stop: int) -> bytes:
        """Bytes from `start` to before `stop`, or to the end of the file.

        Raises:
            UnreachableError: The server does not answer.
            WollemiError: The file does not exist or may not be read.
        """

    def stream(self) -> Iterator[bytes]:
        """The whole content in pieces; no attempt is repeated.

        Raises:
            WollemiError: As for `get`.
            PASSING: Errors of the connection.
        """

    @property
    def size(self) -> int:
        """Size of the file in bytes; known after the first range."""


def is_remote(text: str) -> bool:
    """Whether a text is a URL of a file on another machine."""
    return split_address(text).scheme in SCHEMES and "://" in text


def open_ranges(url: str) -> Ranges:
    """Ranges of the file at a URL; nothing is requested yet.

    Raises:
        WollemiError: The URL is malformed, or needs the package xrootd, which is not installed.
    """
    try:
        scheme = urlsplit(url).scheme
    except ValueError as error:
        raise WollemiError(url, f"is not an address ({error})", "correct it") from None
    if scheme in _WEB:
        url = _WEB[scheme] + url[len(scheme) :]
    return XrootdRanges(url) if scheme in ("root", "xroot") else HttpRanges(url)


def refuse_lasting(url: str, error: Exception) -> None:
    """Raise at once an error that another attempt cannot fix.

    Raises:
        WollemiError: The error is permanent.
    """
    if (
        isinstance(error, urllib.error.HTTPError)
        and 400 <= error.code < 500
        and error.code not in _BUSY
    ):
        answer = f"HTTP {error.code} {error.reason}"
        if error.code in _GONE:
            raise WollemiError(
                url, f"is not there ({answer})", "correct the URL, or look where the file is now"
            ) from None
        raise WollemiError(url, f"the server refuses it ({answer})", "check the URL") from None
    if not isinstance(error, urllib.error.URLError) and (named := machine_error(error)):
        raise named from None


def reason(error: Exception) -> str:
    """The cause of an error, in one line."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}"
    return str(error) or type(error).__name__


def fetch_bytes(request: urllib.request.Request, most: int | None = None) -> tuple[Any, bytes]:
    """Headers and body of an HTTP response; temporary errors are retried.

    Args:
        request: HTTP request.
        most: Largest number of bytes of the body to read; None for all.

    Raises:
        urllib.error.HTTPError: The server wants credentials, or has no data in the range.
        UnreachableError: The server does not answer.
        WollemiError: The server refuses, or the file does not exist.
    """
    shown, problem = public_url(request.full_url), ""
    for attempt in range(1, RETRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return answer, _body(answer, most)
        except PASSING as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # otherwise it keeps the connection
                if error.code in (*_CREDENTIALS, 416):
                    raise
            refuse_lasting(shown, error)
            problem = reason(error)
            time.sleep(0.2 * 2**attempt if attempt < RETRIES else 0)
    raise UnreachableError(shown, f"cannot be reached ({problem})", "check the network")


def _body(answer: Any, most: int | None) -> bytes:
    """Body of a response, at most a number of bytes.

    Raises:
        OSError: The connection broke off early.
    """
    content = bytes(answer.read() if most is None else answer.read(most))
    announced = answer.headers.get("Content-Length", "")
    length = int(announced) if announced.isdecimal() else len(content)
    expected = length if most is None else min(length, most)
    if len(content) < expected:
        raise _broken_off(len(content), expected)
    return content


def _broken_off(received: int, expected: int) -> OSError:
    return OSError(f"the connection broke off: {received} of {expected} bytes came")


class HttpRanges:
    """Ranges of a file behind http:// or https://.

    A bearer token is sent only through https, to a server that has asked for credentials and is in
    the token's audience, and never after a redirect.

    Args:
        url: URL of the file.
    """

    def __init__(self, url: str):
        self._url = url
        self._size = -1
        self._with_token = False

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        if self._size < 0:
            self.get(0, 1)
        return self._size

    def get(self, start: int, stop: int) -> bytes:
        """Read a range; see `Ranges`."""
        return self._permitted(lambda: self._part(start, stop))

    def stream(self) -> Iterator[bytes]:
        """Read the whole file in one request; see `Ranges`."""

        def answered() -> Any:
            return urllib.request.urlopen(self._request(), timeout=TIMEOUT_S)

        with self._permitted(answered) as answer:
            announced, received = answer.headers.get("Content-Length", ""), 0
            while piece := answer.read(_PIECE):
                received += len(piece)
                yield piece
        if announced.isdecimal() and received < int(announced):
            raise _broken_off(received, int(announced))

    def _permitted(self, read: Callable[[], Read]) -> Read:
        """What a request gives; again with the token, if the server asks for credentials."""
        try:
            return read()
        except urllib.error.HTTPError as error:
            error.close()  # otherwise it keeps the connection
            if error.code not in _CREDENTIALS:
                raise
            shown, answer = public_url(self._url), f"HTTP {error.code} {error.reason}"
            if shown != self._url:
                problem = f"may not be read with the access in its query ({answer})"
                raise WollemiError(shown, problem, "renew the URL") from None
            if self._with_token or not self._may_show_token():
                raise token_error(shown, answer) from None
        self._with_token = True
        return self._permitted(read)

    def _may_show_token(self) -> bool:
        address = split_address(self._url)
        is_safe = address.scheme == "https" or address.hostname in _LOOPBACK
        token, _ = bearer_token()
        return is_safe and bool(token) and is_meant_for(token, self._url)

    def _request(self, **headers: str) -> urllib.request.Request:
        request = urllib.request.Request(self._url, headers=headers)
        if self._with_token:
            request.add_unredirected_header("Authorization", f"Bearer {bearer_token()[0]}")
        return request

    def _part(self, start: int, stop: int) -> bytes:
        request = self._request(Range=f"bytes={start}-{stop - 1}")
        try:
            # A server that ignores the range would send the complete file.
            answer, body = fetch_bytes(request, stop - start)
        except urllib.error.HTTPError as error:
            if error.code == 416:  # the range begins after the end of the file
                return b""
            raise
        span = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.headers.get("Content-Range", ""))
        if answer.status != 206 or span is None:
            raise WollemiError(
                public_url(self._url),
                "its server does not send parts of files (byte ranges)",
                "download the file, and name the copy",
            )
        self._size = int(span[1])
        return body


class XrootdRanges:
    """Ranges of a file behind root://.

    Args:
        url: URL of the file.

    Raises:
        WollemiError: The package xrootd is not installed.
    """

    def __init__(self, url: str):
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        try:
            self._client: Any = importlib.import_module("XRootD.client")
        except ModuleNotFoundError:
            way = install_command("xrootd")
            remedy = f"{way}, or give the https:// address of the file, if it has one"
            raise WollemiError(
                public_url(url), "needs the package xrootd, which is not installed", remedy
            ) from None
        self._url = url
        self._file: Any = None

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        status, info = self._opened().stat(timeout=TIMEOUT_S)
        self._require(status)
        return int(info.size)

    def get(self, start: int, stop: int) -> bytes:
        """Read a range; see `Ranges`."""
        status, data = self._opened().read(start, stop - start, timeout=TIMEOUT_S)
        self._require(status)
        return bytes(data)

    def stream(self) -> Iterator[bytes]:
        """Read the whole file; see `Ranges`."""
        for start in range(0, self.size, _PIECE):
            yield self.get(start, start + _PIECE)

    def _opened(self) -> Any:
        if self._file is None:
            file = self._client.File()
            status, _ = file.open(self._url, timeout=TIMEOUT_S)
            self._require(status)
            self._file = file
        return self._file

    def _require(self, status: Any) -> None:
        if status.ok:
            return
        shown, answer = public_url(self._url), str(status.message).strip()
        if _ABSENT.search(answer):
            raise WollemiError(
                shown,
                f"is not there ({answer})",
                "correct the address, or look where the file is now",
            )
        if _REFUSED.search(answer):
            raise proxy_error(shown, answer)
        raise UnreachableError(shown, f"cannot be reached ({answer})", "check the network")
