"""The circuit breaker, by a clock that is moved by hand."""

from types import SimpleNamespace

import pytest

from gbagraph.breaker import CircuitBreaker


@pytest.fixture
def clock():
    return SimpleNamespace(now=1000.0)


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(lambda: clock.now)


def fail(breaker, times):
    for _ in range(times):
        breaker.failed()


def test_after_five_failures_nobody_calls_for_a_while(breaker, clock):
    fail(breaker, 5)

    assert breaker.refused_for() == 5
    clock.now += 4
    assert breaker.refused_for() == 1


def test_then_one_call_is_let_through_and_the_others_wait_for_it(breaker, clock):
    fail(breaker, 5)
    clock.now += 5

    assert breaker.refused_for() == 0
    assert breaker.refused_for() > 0


def test_if_that_one_succeeds_all_may_call(breaker, clock):
    fail(breaker, 5)
    clock.now += 5
    breaker.refused_for()
    breaker.succeeded()

    assert breaker.refused_for() == 0
    fail(breaker, 4)
    assert breaker.refused_for() == 0


def test_if_it_fails_the_pause_doubles_up_to_a_minute(breaker, clock):
    fail(breaker, 5)
    pauses = []
    for _ in range(6):
        clock.now += 100
        assert breaker.refused_for() == 0
        breaker.failed()
        pauses.append(breaker.refused_for())

    assert pauses == [10, 20, 40, 60, 60, 60]
