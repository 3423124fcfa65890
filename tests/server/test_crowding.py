"""Who makes room for newcomers: those that have waited longest for their clients."""

import pytest

from gbagraph.server import connection


class _Connection:
    def __init__(self, since):
        self.since, self.is_open = since, True

    def waits_since(self):
        return self.since

    def let_go(self):
        self.is_open = False


def test_those_that_wait_longest_are_let_go_and_nobody_who_is_answered():
    answered = [_Connection(None) for _ in range(15)]
    waiting = [_Connection(float(number)) for number in range(15)]

    assert connection.make_room([*waiting[::-1], *answered], 20) == 2
    assert [each.since for each in waiting if not each.is_open] == [0.0, 1.0]
    assert all(each.is_open for each in answered)


@pytest.mark.parametrize(
    ("limit", "most"), [(20_000, 19_872), (1024, 896), (256, 128), (100, 50), (-1, 1_000_000)]
)
def test_some_descriptors_are_kept_for_all_else(monkeypatch, limit, most):
    monkeypatch.setattr("resource.getrlimit", lambda _: (limit, limit))
    assert connection.most_connections() == most
