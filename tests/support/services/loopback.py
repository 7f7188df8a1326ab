"""A web server of this machine."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answers = Sequence[tuple[int, bytes] | tuple[int, bytes, int]]


class Silent(BaseHTTPRequestHandler):
    """Answers of a server that prints nothing."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(handler: type[Silent]) -> Iterator[str]:
    """Run a server.

    Yields:
        Its address.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """Serve answers (status, body, announced length if any) one after the other, the last one again
    and again.

    Yields:
        The URL.
    """
    left = list(answers)

    class Handler(Silent):
        def do_GET(self) -> None:
            status, body, *length = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for number in length:
                self.send_header("Content-Length", str(number))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asks may have had enough
                self.wfile.write(body)

    with running(Handler) as url:
        yield f"{url}/data.root"
