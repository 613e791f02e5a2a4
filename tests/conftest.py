"""What tests of several parts share: a PostgreSQL server, where one can be started."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresServer, UnavailableError, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server for the whole session; where there can be none, its tests are skipped."""
    with postgres_server() as server:
        yield server


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> object:
    """Skip what needs the server, with the reason, where none can be started."""
    try:
        return (yield)
    except UnavailableError as error:
        pytest.skip(str(error))
