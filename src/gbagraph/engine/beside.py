"""What a worker asks of a dataset that the server holds beside its own, such as an earlier release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gbagraph.engine.worker import Work

ASK: Final = b"I"
"""Queries for another dataset: a Question, from a worker. There is a Reply to each."""
REPLY: Final = b"Y"


class Question(msgspec.Struct, frozen=True):
    """SELECT *queries* for the *dataset* of this name; the answer to each has at most *size* bytes."""

    dataset: str
    queries: tuple[str, ...]
    size: int


class Reply(msgspec.Struct, frozen=True):
    """An answer in SPARQL results JSON, or the name, message and details of an error."""

    body: bytes = b""
    error: str = ""
    message: str = ""
    details: dict[str, Any] = {}


encode = msgspec.msgpack.Encoder().encode
decode_question = msgspec.msgpack.Decoder(Question).decode
_decode_reply = msgspec.msgpack.Decoder(Reply).decode


def ask(work: Work, question: Question) -> Sequence[Reply]:
    """Have the server ask another dataset, and wait for the replies, in the order of the queries."""
    replies = work.exchange(ASK, encode(question), len(question.queries))
    return [_decode_reply(each) for each in replies]
