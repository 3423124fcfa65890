"""What other programs answer: engines, endpoints, servers, and the processes of the engine itself."""

import io
import socket

import httpx
import pyoxigraph as ox

from fuzzing.entrances.inputs import parts
from gbagraph.api import asking, remote
from gbagraph.engine import wire
from gbagraph.features.changes import mirror
from gbagraph.features.federation import endpoints, messages
from gbagraph.features.federation.messages import Reply
from gbagraph.features.remote import questions
from gbagraph.rdf.dataset import digest
from gbagraph.sparql import sources


class _Reply(io.BytesIO):
    media_type = ""


def of_engines(data: bytes) -> str:
    """The answer of an engine that holds the data."""
    media_type, body = parts(data, 2)
    reply = _Reply(body)
    reply.media_type = media_type.decode("latin-1")
    found = questions.answer_of(reply)
    with questions.readable():
        return (
            f"{type(found).__name__} {min(sum(1 for _ in found), 3)}"
            if not isinstance(found, ox.QueryBoolean)
            else str(bool(found))
        )


def of_endpoints(data: bytes) -> str:
    """The answer of an endpoint that SERVICE called, and for how long it may be kept."""
    media_type, control, age, expires, body = parts(data, 5)
    headers = {"cache-control": control, "age": age, "expires": expires, "date": expires[:30]}
    kept = endpoints.lifetime({name: value.decode("latin-1") for name, value in headers.items()})
    assert 0 <= kept <= endpoints.LONGEST
    reply = Reply(0, body, "xml" if media_type == b"xml" else "json")
    rows = messages.read(reply, ["?a", "?b"], "It", "urn:it")
    group = messages.Solutions()
    query = f"SELECT * {{ {group.text(['?a', '?b'], rows)} }}"
    assert sum(1 for _ in ox.Store().query(query, custom_functions=group.functions)) == len(rows)
    return f"{min(len(rows), 3)} rows"


def of_servers(data: bytes) -> str:
    """The answer of a server to a client in Python."""
    which, status, link, proxies, media_type, body = parts(data, 6)
    code = 400 if status else 200
    sources.read(link.decode("latin-1"), proxies.decode("latin-1"))
    headers = {"content-type": media_type.decode("latin-1").replace("\n", "").replace("\r", "")}
    response = httpx.Response(code, headers={k: v.encode("latin-1") for k, v in headers.items()})
    response._content = body
    question = _QUESTIONS[len(which) % len(_QUESTIONS)]
    return type(remote.read(question, response)).__name__


def patches(data: bytes) -> str:
    """A patch that a mirror applies: the state after it has the hash that was named for it."""
    release = mirror.Release("1", digest([_LINE]), mirror.PatchOf(f"urn:uuid:{'0' * 36}", None))
    state = mirror.applied([], data.decode(errors="replace"), None, release)
    assert mirror.verified(state, release) == [_LINE]
    return "verified"


_LINE = "<a:a> <a:b> <a:c> .\n"
_QUESTIONS = (
    asking.Evaluate(False, "ASK {}", {}),
    asking.Evaluate(True, "ASK {}", {}),
    asking.Diagnose("ASK {}", "en"),
    asking.Identify(("urn:x",)),
    asking.Prove(("urn:s", "urn:p", "urn:o"), "", ""),
)


def frames(data: bytes) -> str:
    """Frames between processes: those that are whole come as they were sent, in any pieces."""
    sent = [(bytes([65 + part[0] % 26]), part[1:]) for part in data.split(b"\0") if part]
    stream = b"".join(wire.pack(*frame) for frame in sent)[:60_000]
    one, other = socket.socketpair()
    with one, other:
        one.sendall(stream)
        one.close()
        came = list(iter(wire.Reader(other).read, None))
    assert came == sent[: len(came)]
    return f"{min(len(came), 3)} frames"
