"""Only a browser of this machine that has the token is answered."""

import http.client
import itertools
import re
import socket
import threading
from types import SimpleNamespace

import pytest
from support.project.paths import ROOT

from wollemi.commands.local_server import LocalRequests, LocalServer, send
from wollemi.commands.watch import STATE, PageServer
from wollemi_interactive.commands.explore import ExploreServer

TEMPLATES = ROOT / "workflow/report"


class Greeting(LocalRequests):
    def do_GET(self):  # noqa: N802 (a name of http.server)
        send(self, b"hello", "text/plain", X_Own="yes")


@pytest.fixture
def server():
    server = LocalServer(Greeting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def answer(server, path, host=None):
    """Status, content and headers."""
    connection = http.client.HTTPConnection(*server.server_address, timeout=30)
    try:
        connection.request("GET", path, headers={} if host is None else {"Host": host})
        found = connection.getresponse()
        return found.status, found.read(), found.headers
    finally:
        connection.close()


def test_with_the_token(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.root == f"http://127.0.0.1:{server.server_address[1]}/{server.token}/"
    status, content, headers = answer(server, f"/{server.token}/")
    assert (status, content) == (200, b"hello")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Own"] == "yes"
    assert answer(server, f"/{server.token}/", f"localhost:{server.server_address[1]}")[0] == 200


def test_tokens_differ_and_are_long():
    servers = [LocalServer(Greeting) for _ in range(2)]
    assert servers[0].token != servers[1].token
    assert len(servers[0].token) >= 20
    for item in servers:
        item.server_close()


@pytest.mark.parametrize("path", ["/", "/index.html", "/{}x/", "/%C2%B5/", "/x/{}/"])
def test_without_the_token(server, path):
    assert answer(server, path.format(server.token))[0] == 403


@pytest.mark.parametrize("host", ["example.org", "example.org:{}", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_host(server, host):
    """A name that somebody lets point to this machine: his page must not read ours."""
    assert answer(server, f"/{server.token}/", host.format(server.server_address[1]))[0] == 403


def watching(folder):
    (folder / "index.html").write_text("secret")
    return PageServer(folder), ("", "index.html", STATE)


def exploring(folder):
    path = folder / "analysis.yaml"
    path.write_text("name: own\n")
    explorer = SimpleNamespace(page=dict, progress="secret", undo=lambda: {"secret": 1})
    return ExploreServer(explorer, path, TEMPLATES), ("progress", "undo")


def greeting(folder):
    return LocalServer(Greeting), ("",)


def raw(server, request):
    """Status of an answer, and all of it; 0 for an answer without one."""
    with socket.create_connection(server.server_address, timeout=30) as connection:
        connection.sendall(request.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        found = b"".join(iter(lambda: connection.recv(65536), b""))
    status = re.match(rb"HTTP/1\.[01] (\d+) ", found)
    return int(status[1]) if status else 0, found


METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "OTHER")


@pytest.mark.parametrize("kind", [watching, exploring, greeting])
def test_every_method_of_every_server_asks_for_token_host_and_origin(kind, tmp_path, capfd):
    server, names = kind(tmp_path)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    own, good = f"127.0.0.1:{server.server_address[1]}", server.token
    bad_tokens = ("x" * 22, "", good[:-1], f"x/{good}", "x[", f"http://{own}/{good}")
    bad_hosts = ("", "[", "example.org", own.replace("127.0.0.1", "example.org"), "127.0.0.1")
    bad_origins = ("null", "http://example.org", f"https://{own}", "http://[")
    refused = [(token, own, None) for token in bad_tokens]
    refused += [(good, host, None) for host in bad_hosts]
    refused += [(good, own, origin) for origin in bad_origins]
    admitted = [(good, own, None), (good, own, f"http://{own}")]
    for method, name in itertools.product(METHODS, names):
        # What the server answers to other methods is its own affair.
        for case in [*refused, *(admitted if method in ("GET", "HEAD") else [])]:
            token, host, origin = case
            lines = [f"{method} /{token}/{name} HTTP/1.0", f"Host: {host}"]
            lines += [f"Origin: {origin}"] if origin else []
            status, content = raw(server, "\r\n".join([*lines, "", ""]))
            assert (status == 403) is (case in refused), (method, name, case)
            assert case in admitted or b"secret" not in content
    server.shutdown()
    server.server_close()
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "request_line",
    ["GET //[ HTTP/1.1", "GET [ HTTP/1.1", "GET", "", "GET / HTTP/9", "\x00 / HTTP/1.1"],
)
def test_malformed_requests_are_refused_without_a_traceback(server, request_line, capfd):
    status, content = raw(server, f"{request_line}\r\nHost: [::1\r\n\r\n")
    assert b"hello" not in content
    assert status in (0, 400, 403, 505)
    assert "Traceback" not in capfd.readouterr().err
