"""What came of a test."""

from dataclasses import dataclass

from conformance.suite import Test


class Failed(Exception):
    """A server does not do what a test expects; the message says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A test that was run; *failure* says why it failed, None that it passed.

    *by_value* tells a pass in which a number has another lexical form than expected, such as ``3``
    for ``3.0``: same datatype, same value.
    """

    test: Test
    failure: str | None = None
    by_value: bool = False

    @property
    def passed(self) -> bool:
        """Did the server do as the test expects?"""
        return self.failure is None
