"""Who we say that we are to an engine: only what it asks for is sent."""

import httpx
import pytest

from gbagraph.errors import SettingError
from gbagraph.features.remote.access import PASSWORD, TOKEN, USER, of_environment
from support.services import Endpoint

DIGEST = 'Digest realm="r", nonce="n", qop="auth", algorithm="MD5"'


@pytest.mark.parametrize(
    ("environment", "challenge", "expected"),
    [
        ({USER: "u", PASSWORD: "p"}, 'Basic realm="r"', [None, "Basic", "Basic"]),
        ({USER: "u", PASSWORD: "p"}, DIGEST, [None, None, "Digest", "Digest"]),
        ({TOKEN: "t"}, "Bearer", ["Bearer", "Bearer"]),
    ],
)
def test_what_is_sent_is_what_was_asked_for(environment, challenge, expected):
    with Endpoint() as engine, httpx.Client(auth=of_environment(environment)) as client:
        engine.headers["WWW-Authenticate"] = challenge
        engine.statuses = iter([200 if each else 401 for each in expected])
        assert [client.get(engine.url).status_code for _ in range(2)] == [200, 200]

    said = [headers.get("authorization") for _, _, headers, _ in engine.requests]
    assert [text and text.split()[0] for text in said] == expected
    assert not any(text and text.startswith("Digest") and " p" in text for text in said)


def test_without_variables_nobody_is_told_anything():
    assert of_environment({}) is None


@pytest.mark.parametrize("environment", [{USER: "u", TOKEN: "t"}, {PASSWORD: "p"}])
def test_variables_that_do_not_go_together_are_refused(environment):
    with pytest.raises(SettingError):
        of_environment(environment)
