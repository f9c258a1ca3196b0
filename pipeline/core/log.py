"""Structured logs for machines, progress bars for people."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import Never, TypeVar

import structlog
from tqdm import tqdm

T = TypeVar("T")


def configure(*, json: bool = False, level: int = logging.INFO) -> None:
    """Send one line per event to stderr: JSON for machines, aligned words for people."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=28)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger whose events carry `part=name`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(part=name)
    return logger


def watched() -> bool:
    """Return True when a person watches stderr."""
    return sys.stderr.isatty()


def progress(items: Iterable[T], total: int | None, label: str) -> Iterator[T]:
    """Yield `items` behind a progress bar when a person watches; silent otherwise."""
    yield from tqdm(items, total=total, desc=label, unit="", leave=False, disable=not watched(), delay=2)


def bar(total: int, label: str, unit: str = "") -> tqdm[Never]:
    """Return a progress bar to be updated by hand: rate, time left; disabled when nobody watches."""
    unit = f" {unit}" if unit else "it"
    return tqdm(total=total, desc=label, unit=unit, leave=False, disable=not watched(), delay=2)
