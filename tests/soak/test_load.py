"""The served site under load: 10,000 requests from 50 connections, each answered whole."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.build.project import PATIENCE

REQUESTS = 10_000
CONNECTIONS = 50
MISSING = "/no-such-page/"


class Handler(SimpleHTTPRequestHandler):
    """Keeps connections open, and logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes all connections at once, and keeps what goes wrong in it."""

    request_queue_size = CONNECTIONS
    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.errors = 0
        self.connections = 0

    def process_request(self, *args: object) -> None:
        """Count the connections."""
        self.connections += 1
        super().process_request(*args)  # type: ignore[arg-type]

    def handle_error(self, *args: object) -> None:
        """Count, and show."""
        self.errors += 1
        super().handle_error(*args)  # type: ignore[arg-type]


@pytest.fixture
def server(site: Path) -> Iterator[Server]:
    with Server(site) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def expected(site: Path) -> list[tuple[str, bytes | None]]:
    """Address -> the bytes that belong there, for each file of the site; None for a missing page."""
    found: list[tuple[str, bytes | None]] = [(MISSING, None)]
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        address = quote("/" + path.relative_to(site).as_posix())
        found.append((address, path.read_bytes()))
        if path.name == "index.html":
            found.append((address.removesuffix("index.html"), path.read_bytes()))
    return found


def ask(port: int, requests: list[tuple[str, bytes | None]]) -> list[str]:
    """Make the requests over one connection; what was wrong with the answers."""
    wrong = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for address, content in requests:
        connection.request("GET", address)
        answer = connection.getresponse()
        body = answer.read()
        if content is None:
            if answer.status != 404:
                wrong.append(f"{address}: {answer.status} in place of 404")
        elif (answer.status, answer.headers["Content-Length"]) != (200, str(len(content))):
            wrong.append(f"{address}: {answer.status}, {answer.headers['Content-Length']} bytes")
        elif body != content:
            wrong.append(f"{address}: other bytes than the file's")
    connection.close()
    return wrong


def test_ten_thousand_requests_from_fifty_connections_without_an_error(
    site: Path, server: Server
) -> None:
    every = itertools.islice(itertools.cycle(expected(site)), REQUESTS)
    requests = list(every)
    shares = [requests[start::CONNECTIONS] for start in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        wrong = list(itertools.chain(*pool.map(partial(ask, server.server_port), shares)))
    assert wrong == []
    assert sum(map(len, shares)) == REQUESTS
    assert server.errors == 0
    assert (
        server.connections
        == CONNECTIONS
        + sum(  # a missing page ends its connection
            address == MISSING for share in shares for address, _ in share[:-1]
        )
    )
