"""A web server of this machine."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answers = Sequence[tuple[int, bytes] | tuple[int, bytes, int]]


@contextmanager
def serving(answers: Answers) -> Iterator[str]:
    """Serve answers (status, body, announced length if any) one after the other, the last one again
    and again.

    Yields:
        The URL.
    """
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, *length = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for number in length:
                self.send_header("Content-Length", str(number))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asks may have had enough
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/data.root"
        finally:
            server.shutdown()
            thread.join()
