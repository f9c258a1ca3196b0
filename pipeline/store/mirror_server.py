"""The PostgreSQL server of the mirror: one transaction on it, every failure told once and without the password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from adbc_driver_manager import dbapi
from adbc_driver_postgresql.dbapi import connect

from pipeline.core.errors import MirrorError, MirrorUnreachable, UsageError


@contextmanager
def transaction(url: str) -> Iterator[dbapi.Cursor]:
    """Yield a cursor; commit when the body ends, roll back when it fails, name every failure once.

    Raises:
        UsageError: `url` is no PostgreSQL address.
        MirrorUnreachable: The server does not answer.
        MirrorError: The server refuses.
    """
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise UsageError(
            "PORTAL_POSTGRES_URL is no PostgreSQL address", hint="postgresql://user:password@host:5432/database"
        )
    reached = False
    try:
        with connect(url) as connection, connection.cursor() as cursor:
            reached = True
            try:
                yield cursor
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
    except dbapi.Error as error:
        # A server that says FATAL is there and will say it again: a wrong password, a database that does not exist.
        fault = MirrorError if reached or "FATAL" in str(error) else MirrorUnreachable
        made = (
            "; what is new must be made once by a member of portal_owner" if "permission denied" in str(error) else ""
        )
        raise fault(
            f"PostgreSQL failed: {_first_line(error, url)}",
            hint=f"the last load is untouched; check PORTAL_POSTGRES_URL and the server, run ./inv mirror{made}",
        ) from None


def _first_line(error: dbapi.Error, url: str) -> str:
    """Return the driver's message in one line, without the password."""
    lines = str(error).splitlines()
    line = next((text for text in lines if "ERROR:" in text), lines[0] if lines else type(error).__name__)
    password = urlsplit(url).password
    return line.replace(password, "***") if password else line
