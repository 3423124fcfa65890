"""What a slip is: the token that is wrong, why, and what would be right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gbagraph.sparql.message import Message
    from gbagraph.sparql.tokens import Token


class Slip(NamedTuple):
    """The token that is wrong, the reason, and (start, end, text) to change."""

    token: Token
    reason: Message
    edits: tuple[tuple[int, int, str], ...] = ()

    @classmethod
    def instead(cls, token: Token, reason: Message, text: str) -> Slip:
        """Return the slip that *token* stands in place of *text*."""
        return cls(token, reason, ((token.start, token.end, text),))

    @classmethod
    def before(cls, token: Token, reason: Message, text: str) -> Slip:
        """Return the slip that *text* is missing before *token*."""
        return cls(token, reason, ((token.start, token.start, text),))

    def covers(self, other: Slip) -> bool:
        """Whether the token of *other* is a part of the one of this slip."""
        return self.token.start <= other.token.start and other.token.end <= self.token.end


def is_open(token: Token) -> bool:
    """Whether a token is a string without the quotation mark at its end."""
    if token.kind != "string":
        return False
    mark = opening(token)
    return not re.sub(r"\\.", "", token.text[len(mark) :], flags=re.DOTALL).endswith(mark)


def opening(token: Token) -> str:
    """The quotation mark that a string begins with."""
    return token.text[:3] if token.text.startswith(('"""', "'''")) else token.text[:1]
