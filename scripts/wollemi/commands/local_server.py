"""Pages for the user of this machine only: a server on the loopback interface, with addresses that
begin with a random token.
"""

import secrets
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"


class LocalServer(ThreadingHTTPServer):
    """Server with a random token.

    Args:
        handler: Factory of request handlers.
        port: Port number; 0 for any free port.
    """

    daemon_threads = True

    def __init__(self, handler: Callable[..., "LocalRequests"], port: int = 0):
        super().__init__((HOST, port), handler)
        self.token = secrets.token_urlsafe(16)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore browsers that disconnect before the answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of the server for browsers on this machine. Any other name that points here belongs
        to a page from elsewhere.
        """
        return tuple(f"{name}:{self.server_address[1]}" for name in (HOST, "localhost"))

    @property
    def root(self) -> str:
        """Common prefix of all addresses."""
        return f"http://{HOST}:{self.server_address[1]}/{self.token}/"

    def admits(self, path: str, host: str) -> bool:
        """Whether a request has the token, and is meant for this machine.

        Args:
            path: Path of the request.
            host: Header `Host` of the request.
        """
        given = path.removeprefix("/").partition("/")[0].encode()
        return secrets.compare_digest(given, self.token.encode()) and host in self.hosts


class LocalRequests(BaseHTTPRequestHandler):
    """Requests of any method, rejected before a method is called unless they have the token, are
    meant for this machine, and come from a page of this server.
    """

    server: LocalServer

    def parse_request(self) -> bool:
        """Read the request and its headers; false if it is answered with an error."""
        if not super().parse_request():
            return False
        origin, host = self.headers.get("Origin"), self.headers.get("Host", "")
        own = [f"http://{name}" for name in self.server.hosts]
        path = self.path.partition("?")[0]
        if self.server.admits(path, host) and (origin is None or origin in own):
            return True
        self.send_error(HTTPStatus.FORBIDDEN)
        return False

    def log_message(self, *_: Any) -> None:
        """Keep the console for the messages of the command."""


def send(
    handler: BaseHTTPRequestHandler,
    content: bytes,
    kind: str,
    code: HTTPStatus = HTTPStatus.OK,
    **headers: str,
) -> None:
    """Answer with content that browsers do not cache.

    Args:
        handler: Handler of the request.
        content: Content of the answer.
        kind: Media type, such as `text/html; charset=utf-8`.
        code: Status code of the answer.
        headers: Further headers, with `_` for `-`.
    """
    handler.send_response(code)
    own = {"Content_Type": kind, "Content_Length": str(len(content)), "Cache_Control": "no-store"}
    for name, value in (own | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)
