"""What all commands of ``./inv`` share: one clear line for an error of ours, and the exit code it means."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from invoke.exceptions import Exit, ParseError
from invoke.program import Program

from pipeline.core import log
from pipeline.core.errors import PipelineError, disk_error
from pipeline.core.settings import load_settings

F = TypeVar("F", bound=Callable[..., object])


class Commands(Program):
    """The command line: a word nobody knows is wrong usage (exit 2), not a bug."""

    def parse_core(self, argv: list[str] | None) -> None:
        """Read the options of the program itself."""
        self._understood(super().parse_core, argv)

    def parse_tasks(self) -> None:
        """Read the tasks and their options."""
        self._understood(super().parse_tasks)

    def _understood(self, step: Callable[..., None], *args: object) -> None:
        try:
            step(*args)
        except (ParseError, ValueError) as error:  # ValueError: a word where a number is due
            raise Exit(f"error: {error} See ./inv --list", code=2) from None


def guarded(function: F) -> F:
    """Turn an error of ours into one clear line and the right exit code."""

    @functools.wraps(function)
    def wrapped(*args: object, **kwargs: object) -> object:
        log.configure(json=_logs_are_json())
        try:
            return function(*args, **kwargs)
        except PipelineError as error:
            raise Exit(f"error: {error}", code=error.exit_code) from None
        except OSError as error:  # a folder nobody may write to, a full disk: no bug of ours, and no trace of it
            fault = disk_error(error, error.filename or "?")
            raise Exit(f"error: {fault}", code=fault.exit_code) from None
        except KeyboardInterrupt:
            raise Exit("interrupted; what was committed is kept", code=75) from None

    return wrapped  # type: ignore[return-value]


def _logs_are_json() -> bool:
    """Return whether logs are JSON, without failing on settings that a task will report better."""
    try:
        return load_settings().log_json
    except PipelineError:
        return False
