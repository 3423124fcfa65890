"""Query files as tests: each with its expected answer is one, without any code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from gbagraph.errors import GbaGraphError
from gbagraph.paths import display
from gbagraph.sparql.parsed import ParsedQuery
from gbagraph.testing import updates
from gbagraph.testing.assertion import AnswerDiffers, assert_solutions
from gbagraph.testing.query_files import QueryFile
from gbagraph.testing.reading import read
from gbagraph.testing.session import asked, require_pins

if TYPE_CHECKING:
    from collections.abc import Iterator


class QueryModule(pytest.File):
    """A query file."""

    def collect(self) -> Iterator[QueryTest]:
        """Its one test."""
        yield QueryTest.from_parent(self, name="answer")


class QueryTest(pytest.Item):
    """The query gives the expected answer."""

    fixturenames: ClassVar[tuple[str, ...]] = ()
    """None; many a conftest.py looks at those of every test."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  pytest's
        super().__init__(**options)
        self.query = QueryFile(self.path)
        self.add_marker("sparql")

    def runtest(self) -> None:
        """Ask, and compare or write.

        Raises:
            AnswerDiffers: the answer is another one.
            GbaGraphError: there is no expected answer, or none of the two can be read.
        """
        graph = asked(self.config)
        require_pins(self.config, graph)
        expected = self.query.expected()
        if expected is None and ParsedQuery(self.query.text).calls_services:
            pytest.skip(
                "calls other endpoints with SERVICE and has no expected answer: the data alone do not "
                "decide it"
            )
        if expected is None and not updates.is_wanted():
            raise GbaGraphError(
                f"{display(self.path)} has no expected answer. Run with --update-answers to have one "
                f"written, or write one, such as {self.query.name}.csv in its folder expected."
            )
        actual = read(graph.query(self.query.text))
        assert_solutions(
            actual,
            expected or self.query.new_expected(actual.kind),
            order=self.query.order,
            prefixes=self.query.prefixes,
        )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401  pytest's
        """What is wrong, without a traceback."""
        if isinstance(excinfo.value, AnswerDiffers | GbaGraphError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """The query file, and its name."""
        return self.path, 0, self.query.name
