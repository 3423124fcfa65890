"""The tool by which assistants propose claims."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from gbagraph.features.assistants.compact import PREFIX
from gbagraph.features.assistants.tool import Asker, Tool, read, schema_of
from gbagraph.features.claims import proposals, proposing
from gbagraph.features.claims.project import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gbagraph.settings import Settings

_MOST: Final = 20
"""Claims of one call."""
_NAME: Final = f"{PREFIX}propose_claims"


class _Claims(Struct, frozen=True, forbid_unknown_fields=True):
    claims: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=_MOST)]
    by: Annotated[
        str, Meta(min_length=1, max_length=100, description="Who proposes them: your name.")
    ] = "no name"


def proposing_tool(settings: Settings) -> Tool:
    """Return the tool that writes into the file of proposals that *settings* name.

    Raises:
        SettingError: they name none, or no claims or text.
    """
    proposing.file_of(settings)
    load(settings)

    async def propose(_: Asker, arguments: Mapping[str, Any]) -> dict[str, Any]:
        given = read(_NAME, _Claims, arguments)
        answers = await asyncio.to_thread(
            proposing.propose, settings, given.claims, f"assistant: {given.by}"
        )
        return {"claims": [msgspec.to_builtins(answer) for answer in answers]}

    schema = schema_of(_Claims)
    schema["properties"]["claims"]["items"] = schema_of(proposals.Claim)
    return Tool(
        _NAME,
        "Propose claims",
        "Proposes up to 20 claims on passages of the text, each with the words that say it. People "
        "decide on them; nothing is published before. Says of each whether it was taken, or what is "
        "wrong, with near names.",
        schema,
        {
            "type": "object",
            "properties": {"claims": {"type": "array", "items": schema_of(proposing.Answer)}},
            "required": ["claims"],
        },
        propose,
        writes=True,
    )
