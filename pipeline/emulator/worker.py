"""The process behind `running`: reads its order, says where it listens, ends when its parent does."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
import threading

from pipeline.core.errors import UsageError
from pipeline.emulator.server import Manner, serve


def _say(document: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    """Wait for the end of standard input, which comes when the parent closes it or dies."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main(order: str) -> int:
    """Serve one emulator as ordered.

    Args:
        order: JSON with source, today, seed, faults and manner.

    Returns:
        Exit code.
    """
    asked = json.loads(order)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        serve(
            0,
            asked["source"],
            dt.date.fromisoformat(asked["today"]),
            asked["seed"],
            asked["faults"],
            ready=lambda url: _say({"url": url}),
            manner=Manner(**asked.get("manner", {})),
        )
    except UsageError as error:
        _say({"usage": error.message, "hint": error.hint})
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
