"""Only a browser of this machine that has the token is answered."""

import http.client
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

import pytest

from wollemi.commands.local_server import LocalServer, send


class Greeting(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.server.admits(self.path, self.headers.get("Host", "")):
            send(self, b"hello", "text/plain", X_Own="yes")
        else:
            self.send_error(HTTPStatus.FORBIDDEN)

    def log_message(self, *_):
        pass


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
