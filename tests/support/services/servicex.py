"""A server of this machine with the API of ServiceX 1.6, and the object store of its results. It
answers queries as the `uproot` code generator does: by func_adl_uproot.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import awkward as ak
from func_adl_uproot.translation import generate_function

from support.services.loopback import Silent, running

DATE = "Sat, 01 Jan 2026 00:00:00 GMT"


@dataclass
class Endpoint:
    """A running server.

    Args:
        url: its address.
        requests: what was asked, as the client has sent it.
        results: identifier of a request → name and content of its files.
    """

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, dict[str, bytes]] = field(default_factory=dict)


def transformed(selection: str, file: Path, folder: Path) -> bytes:
    """A Parquet file with the answer of one file."""

    found = generate_function(selection)(input_filenames=str(file))
    path = folder / "transformed.parquet"
    ak.to_parquet(found, path)
    return path.read_bytes()


@contextmanager
def serving_servicex(
    files: Mapping[str, Path], folder: Path, is_known: bool = True
) -> Iterator[Endpoint]:
    """Answer queries.

    Args:
        files: name → the file that an address with this name is of.
        folder: for what is made.
        is_known: whether the credentials are accepted.
    """
    endpoint = Endpoint()

    class Handler(Silent):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # noqa: N802 - of http.server
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            number = f"request-{len(endpoint.requests)}"
            endpoint.requests.append(asked)
            names = [PurePosixPath(urlsplit(url).path).name for url in asked["file-list"]]
            endpoint.results[number] = {
                f"{name}.parquet": transformed(asked["selection"], files[name], folder)
                for name in names
            }
            self._send_json({"request_id": number})

        def do_GET(self) -> None:  # noqa: N802 - of http.server
            path = unquote(urlsplit(self.path).path)
            if not path.startswith("/servicex"):
                self._send_object(path)
            elif not is_known:
                self._send(401, b"{}")
            elif path == "/servicex":
                self._send_json(_information())
            else:
                number = path.split("/")[3]
                results = endpoint.results[number]
                is_list = path.endswith("/results")
                self._send_json(_listing(results) if is_list else self._status(number))

        do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

        def _status(self, number: str) -> dict[str, Any]:
            asked = endpoint.requests[int(number.removeprefix("request-"))]
            return _status(number, asked, len(endpoint.results[number]), endpoint.url)

        def _send_object(self, path: str) -> None:
            _, bucket, name = path.split("/", 2)
            assert self.headers["Authorization"].startswith(
                "AWS4-HMAC-SHA256 Credential=miniouser/"
            )
            content = endpoint.results[bucket][name]
            self._send(200, content, {"ETag": '"0"', "Last-Modified": DATE})

        def _send_json(self, document: dict[str, Any]) -> None:
            self._send(200, json.dumps(document).encode(), {"Content-Type": "application/json"})

        def _send(self, code: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
            self.send_response(code)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    with running(Handler) as endpoint.url:
        yield endpoint


def _information() -> dict[str, Any]:
    return {
        "app-version": "1.6.0",
        "code-gen-image": {"uproot": "sslhep/servicex_code_gen_func_adl_uproot:v1.6.0"},
        "capabilities": ["poll_local_transformation_results"],
    }


def _listing(results: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "results": [
            {
                "transform_status": "success",
                "s3-object-name": name,
                "created_at": "2026-01-01T00:00:00",
                "total-bytes": len(content),
            }
            for name, content in results.items()
        ]
    }


def _status(number: str, asked: dict[str, Any], files: int, url: str) -> dict[str, Any]:
    return {
        **{"request_id": number, "did": "File List Provided in Request", "did_id": 1},
        **{"title": asked["title"], "selection": asked["selection"], "tree-name": None},
        **{"image": "sslhep/servicex_func_adl_uproot_transformer:v1.6.0"},
        **{"result-destination": "object-store", "result-format": asked["result-format"]},
        **{"generated-code-cm": "cm", "status": "Complete", "app-version": "1.6.0"},
        **{"files": files, "files-completed": files, "files-failed": 0, "files-remaining": 0},
        **{"submit-time": "2026-01-01T00:00:00Z", "finish-time": "2026-01-01T00:00:01Z"},
        **{"minio-endpoint": urlsplit(url).netloc, "minio-secured": False},
        **{"minio-access-key": "miniouser", "minio-secret-key": "leftfoot1"},
    }
