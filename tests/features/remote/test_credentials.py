"""Who we say that we are to an engine: only what it asks for is sent."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from gbagraph.errors import SettingError
from gbagraph.features.remote.questions import PASSWORD, TOKEN, USER, of_environment

DIGEST = 'Digest realm="r", nonce="n", qop="auth", algorithm="MD5"'


@contextmanager
def engine(challenge):
    """A server that lets in whoever says who it is, and what was said to it."""
    said = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            said.append(self.headers["Authorization"])
            self.send_response(200 if said[-1] else 401)
            self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", said
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("environment", "challenge", "expected"),
    [
        ({USER: "u", PASSWORD: "p"}, 'Basic realm="r"', [None, "Basic", "Basic"]),
        ({USER: "u", PASSWORD: "p"}, DIGEST, [None, None, "Digest", "Digest"]),
        ({TOKEN: "t"}, "Bearer", ["Bearer", "Bearer"]),
    ],
)
def test_what_is_sent_is_what_was_asked_for(environment, challenge, expected):
    with (
        engine(challenge) as (url, said),
        httpx.Client(auth=of_environment(environment)) as client,
    ):
        assert [client.get(url).status_code for _ in range(2)] == [200, 200]

    assert [text and text.split()[0] for text in said] == expected
    assert not any(text and text.startswith("Digest") and " p" in text for text in said)


def test_without_variables_nobody_is_told_anything():
    assert of_environment({}) is None


@pytest.mark.parametrize("environment", [{USER: "u", TOKEN: "t"}, {PASSWORD: "p"}])
def test_variables_that_do_not_go_together_are_refused(environment):
    with pytest.raises(SettingError):
        of_environment(environment)
