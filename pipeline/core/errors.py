"""The one tree of errors. Each carries its context and says what to do next.

PipelineError
├─ UsageError                      wrong arguments or environment (exit 2)
├─ CatalogError                    a declaration is wrong: file, entry, field (exit 1, stops the run)
├─ SourceError
│  ├─ SourceUnavailable            cannot be reached now (exit 75: try again later)
│  ├─ SourceRefused                answered with a permanent refusal
│  └─ SourceSchemaChanged          answers in a shape nobody declared
├─ DataError
│  ├─ ParseError · DuplicateKey · RowBalanceError
├─ StoreError
│  ├─ LockHeld                     another run is writing (exit 75)
│  ├─ DiskFull                     no room left (exit 75)
│  ├─ LakeTooNew                   written by a later release
│  └─ ShrinkRefused · PartCorrupt · MirrorError ─ MirrorUnreachable (exit 75)
├─ ForecastError ─ NotEnoughHistory
├─ NarrativeError ─ ProviderFailed
├─ RenderError
└─ PublishError ─ BrokenSite · BudgetExceeded · ToolMissing
   └─ StaleSite                     nobody has renewed the site in time (exit 75: build again)
"""

from __future__ import annotations

import errno
from pathlib import Path


class PipelineError(Exception):
    """Base of every error the pipeline raises on purpose.

    Args:
        message: What happened, in one sentence.
        hint: What to do next.
        **context: Facts that locate the fault (metric, entity, file, window …).
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = context

    def __str__(self) -> str:
        where = ", ".join(f"{key}={value}" for key, value in self.context.items())
        text = self.message + (f" ({where})" if where else "")
        return f"{text} — {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the trip back from a worker process with hint and context."""
        return (_rebuild, (type(self), self.message, self.hint, self.context))


def _rebuild(cls: type[PipelineError], message: str, hint: str, context: dict[str, object]) -> PipelineError:
    return cls(message, hint=hint, **context)


class UsageError(PipelineError):
    """Wrong arguments, settings or environment."""

    exit_code = 2


class CatalogError(PipelineError):
    """One or more declarations are wrong; `problems` lists them all."""

    def __init__(self, message: str, *, hint: str = "", problems: list[str] | None = None, **context: object) -> None:
        super().__init__(message, hint=hint, **context)
        self.problems = problems or []

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  · {problem}" for problem in self.problems)])


class SourceError(PipelineError):
    """A data source failed; `code` says how, for `core.spanish.reason`."""

    def __init__(self, message: str, *, hint: str = "", code: str = "source_down", **context: object) -> None:
        super().__init__(message, hint=hint, **context)
        self.code = code


class SourceUnavailable(SourceError):
    """The source cannot be reached now; trying later may work."""

    exit_code = 75


class SourceRefused(SourceError):
    """The source answered with a permanent refusal."""


class SourceSchemaChanged(SourceError):
    """The source answered in a shape nobody declared."""


class DataError(PipelineError):
    """Data that cannot be accepted as it is."""


class ParseError(DataError):
    """A reply is not the document it should be."""


class DuplicateKey(DataError):
    """Two values for one key."""


class RowBalanceError(DataError):
    """Rows in are not rows accepted + duplicate + clipped + quarantined."""


class StoreError(PipelineError):
    """The lake, the warehouse or the mirror failed."""


class LockHeld(StoreError):
    """Another run is writing."""

    exit_code = 75


class DiskFull(StoreError):
    """No room left on the device; the last good state is intact."""

    exit_code = 75


class ShrinkRefused(StoreError):
    """A commit would lose rows, days or metrics that cannot stay as they were; or changes wait for a person."""


class PartCorrupt(StoreError):
    """A file of the lake does not match its manifest."""


class LakeTooNew(StoreError):
    """A later release wrote this lake; what it means is not known here."""


class MirrorError(StoreError):
    """The PostgreSQL mirror failed or differs from the lake."""


class MirrorUnreachable(MirrorError):
    """PostgreSQL does not answer now; trying later may work."""

    exit_code = 75


class ForecastError(PipelineError):
    """A forecast cannot be made."""


class NotEnoughHistory(ForecastError):
    """Too few valid days to fit or score."""


class NarrativeError(PipelineError):
    """A text cannot be written."""


class ProviderFailed(NarrativeError):
    """No language model answered usably."""


class RenderError(PipelineError):
    """A page cannot be drawn."""


class PublishError(PipelineError):
    """The site cannot be assembled."""


class BrokenSite(PublishError):
    """The built site fails its checks."""


class BudgetExceeded(PublishError):
    """The site would be larger than its host accepts."""


class StaleSite(PublishError):
    """The built site is sound, but nobody has renewed it in time."""

    exit_code = 75


class ToolMissing(PublishError):
    """A program the build needs is absent."""


def disk_error(error: OSError, target: Path | str) -> StoreError:
    """Return the error of our tree that says what the device refused."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(
            "The disk is full",
            hint="free some space and run again; the last good state is intact",
            path=target,
        )
    return StoreError(
        f"The device refused: {error.strerror or error}",
        hint="check the disk and who may write there; the last good state is intact",
        path=target,
    )
