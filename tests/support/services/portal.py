"""A server of this machine that sends parts of files, and records in the JSON of the CERN Open Data
portal.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from support.services.loopback import Silent, running


@dataclass
class Portal:
    """A running server.

    Args:
        url: without a path.
        asked: path and `Authorization` of each request so far.
    """

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)


def record(number: int, files: list[dict[str, Any]], **metadata: Any) -> dict[str, Any]:
    """A record as the portal sends it."""
    own = {"recid": str(number), "title": "DoubleElectron, Run2012B", "files": files}
    return {"id": number, "metadata": own | metadata}


@contextmanager
def serving_portal(
    documents: Mapping[str, Any],
    files: Mapping[str, bytes],
    token: str = "",
    ranges: bool = True,
    failures: int = 0,
) -> Iterator[Portal]:
    """Serve JSON by path, and files by path in parts.

    Args:
        documents: path → what is sent as JSON.
        files: path → content.
        token: that requests for files must have; empty for public ones.
        ranges: whether parts of files are sent, or always the whole.
        failures: how many of the first requests are answered by HTTP 503.
    """
    portal = Portal()
    left = [failures]

    class Handler(Silent):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802 - of http.server
            path = urlsplit(self.path).path
            portal.asked.append((path, self.headers.get("Authorization", "")))
            if left[0]:
                left[0] -= 1
                self.answer(503, b"")
            elif path in documents:
                self.answer(200, json.dumps(documents[path]).encode())
            elif path not in files:
                self.answer(404, b"")
            elif token and self.headers.get("Authorization") != f"Bearer {token}":
                self.answer(403 if self.headers.get("Authorization") else 401, b"")
            else:
                self.send_file(files[path])

        def send_file(self, content: bytes) -> None:
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if asked is None or not ranges:
                self.answer(200, content)
                return
            start, stop = int(asked[1]), min(int(asked[2]) + 1, len(content))
            if start >= len(content):
                self.answer(416, b"")
                return
            sent = f"bytes {start}-{stop - 1}/{len(content)}"
            self.answer(206, content[start:stop], sent)

        def answer(self, status: int, body: bytes, part: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if part:
                self.send_header("Content-Range", part)
            self.end_headers()
            with suppress(ConnectionError):  # whoever asks may have had enough
                self.wfile.write(body)

    with running(Handler) as portal.url:
        yield portal
