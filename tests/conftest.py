"""What tests of several parts share: a PostgreSQL server, and how examples are searched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import settings

from tests.support.postgres import PostgresServer, UnavailableError, postgres_server

# The same examples on every machine, so that a change is judged by what it changed; the search for
# new ones is `make test ARGS=--hypothesis-profile=explore`. Slow machines are no failure.
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server for the whole session; where there can be none, its tests are skipped."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_server())
        except UnavailableError as error:
            pytest.skip(str(error))
        yield server
