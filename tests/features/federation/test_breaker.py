"""The circuit breaker, by a clock that is moved by hand."""

import pytest

from gbagraph.breaker import CircuitBreaker


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(clock)


def fail(breaker, times):
    for _ in range(times):
        breaker.failed()


def test_it_is_closed_at_first_and_after_four_failures(breaker):
    fail(breaker, 4)

    assert breaker.refused_for() == 0


def test_a_success_begins_the_count_again(breaker):
    fail(breaker, 4)
    breaker.succeeded()
    fail(breaker, 4)

    assert breaker.refused_for() == 0


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
