"""The error tree: context, hints, exit codes."""

import pickle

import pytest

from pipeline.core import errors


def test_messages_say_where_and_what_to_do() -> None:
    """One line holds the fault, its place and the next step."""
    error = errors.ShrinkRefused("Rows would be lost", hint="use --accept-shrink", metric="Gene")
    assert str(error) == "Rows would be lost (metric=Gene) — use --accept-shrink"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(errors.UsageError, 2), (errors.SourceUnavailable, 75), (errors.LockHeld, 75), (errors.CatalogError, 1)],
)
def test_exit_codes(kind: type[errors.PipelineError], code: int) -> None:
    """The exit code follows the kind of error."""
    assert kind("x").exit_code == code


def test_errors_travel_between_processes() -> None:
    """A worker's error arrives with its hint and context."""
    back = pickle.loads(pickle.dumps(errors.ParseError("bad", hint="ask again", place="Items[0]")))
    assert (back.hint, back.context) == ("ask again", {"place": "Items[0]"})
