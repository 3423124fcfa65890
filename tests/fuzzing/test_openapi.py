"""What the OpenAPI document promises is what the server does: requests made by schemathesis from it."""

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support import RunningServer
from support.reliability import record
from support.soak import examples

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def described_server():
    with RunningServer("--query-timeout", "5") as running:
        yield running


def tried(operation, count):
    """Ask for so many cases of an operation, and check each response; the statuses that came."""
    statuses = set()

    @hypothesis.settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def answers_as_described(case):
        response = case.call(timeout=60)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    answers_as_described()
    return statuses


@pytest.mark.parametrize("step", [20, pytest.param(1, marks=pytest.mark.matrix)])
def test_each_canned_query_answers_as_its_description_says(described_server, step):
    schema = schemathesis.openapi.from_url(f"{described_server.url}/openapi.json")
    count, statuses, operations = examples(3), set(), [*schema.get_all_operations()]
    for found in operations[::step]:
        statuses |= tried(found.ok(), count)

    assert len(operations) > 50
    record(
        "inputs",
        "server: OpenAPI document",
        tried=count * len(operations[::step]),
        outcomes=len(statuses),
        coverage=f"{len(operations[::step])} operations; "
        f"statuses {', '.join(map(str, sorted(statuses)))}",
        seed="of hypothesis",
    )
