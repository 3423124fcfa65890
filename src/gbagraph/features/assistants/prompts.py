"""Prompts: how to explore the graph, answer with citations, and check a claim (MCP, Prompts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from mcp import types

from gbagraph.errors import BadParameter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


class _Prompt(NamedTuple):
    """A prompt with its one argument, whose value its first sentence takes."""

    title: str
    argument: types.PromptArgument
    first: str
    steps: tuple[tuple[tuple[str, ...], str], ...]
    """Sentences, each with the tools that it names, without all of which it is left out."""


THING: Final = "thing"
"""The argument of a prompt that names something in the graph; others are sentences."""

_CITE: Final = (
    (),
    (
        "After each sentence name the passage on which it rests, with its address, and say whether the "
        "source states it or it was inferred. What the graph does not say, it does not know: say so, "
        "and add nothing from elsewhere."
    ),
)
_ASK: Final = (
    ("find_question", "ask"),
    "Look for a prepared question with {find_question}, and ask it with {ask}.",
)
_QUERY: Final = (
    ("schema", "query"),
    "Otherwise see with {schema} which classes and properties there are, and write a query for {query}.",
)

PROMPTS: Final = {
    "explore": _Prompt(
        "Explore the graph",
        types.PromptArgument(name=THING, description="What to begin with.", required=False),
        "Get to know this graph{value}.",
        (
            (("schema",), "See with {schema} what kinds of things there are."),
            (("search",), "Find things by name with {search}."),
            (("describe",), "Read what is said of one with {describe}."),
            _ASK,
            ((), "Then tell me what the graph holds, and three questions that it answers well."),
        ),
    ),
    "answer": _Prompt(
        "Answer with citations",
        types.PromptArgument(name="question", description="The question.", required=True),
        "Answer this question from this graph alone{value}.",
        (_ASK, _QUERY, (("search",), "Look names up with {search}."), _CITE),
    ),
    "check": _Prompt(
        "Check a claim",
        types.PromptArgument(name="claim", description="The claim, in a sentence.", required=True),
        "Check this claim against this graph alone{value}.",
        (
            ((), "Split it into single facts: who or what, which property, which value."),
            (("search",), "Look names up with {search}."),
            (("why",), "Have {why} prove each fact."),
            _QUERY,
            ((), "Say of each fact: supported, contradicted, or not said."),
            _CITE,
        ),
    ),
}
"""The prompts by name."""


def listed() -> list[types.Prompt]:
    """Return the prompts as the protocol lists them."""
    return [
        types.Prompt(name=name, title=row.title, arguments=[row.argument])
        for name, row in PROMPTS.items()
    ]


def text(prompt: str, given: Mapping[str, str], tools: Collection[str]) -> str:
    """Return the text of a *prompt* with the arguments *given*, which names *tools* that are offered.

    Raises:
        BadParameter: there is no such prompt, or its argument is missing.
    """
    row = PROMPTS.get(prompt)
    if row is None:
        raise BadParameter(f"There is no prompt {prompt[:80]!r}. There are: {', '.join(PROMPTS)}.")
    name = row.argument.name
    value = given.get(name, "").strip()
    if row.argument.required and not value:
        raise BadParameter(f"The prompt {prompt} needs the argument {name}.")
    return " ".join((row.first.format(value=f": {value}" if value else ""), *_steps(row, tools)))


def _steps(row: _Prompt, tools: Collection[str]) -> Iterator[str]:
    for needed, sentence in row.steps:
        names = {name: _offered(name, tools) for name in needed}
        if all(names.values()):
            yield sentence.format_map(names)


def _offered(name: str, tools: Collection[str]) -> str:
    """Return the name under which a tool is offered; empty if it is not."""
    return next((each for each in (f"gbagraph_{name}", name) if each in tools), "")
