"""The account of cells: whatever comes in is accepted, blank, a duplicate, outside the window, or quarantined."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.errors import RowBalanceError


@dataclass(frozen=True)
class Balance:
    """Cells of one reply, one series or one whole run.

    Attributes:
        cells: Cells received.
        accepted: Cells that became a row.
        blank: Cells that say «not published».
        duplicate: Cells repeated with the same value.
        clipped: Cells of days outside the window asked.
        quarantined: Cells refused by a rule.
    """

    cells: int = 0
    accepted: int = 0
    blank: int = 0
    duplicate: int = 0
    clipped: int = 0
    quarantined: int = 0

    def __add__(self, other: Balance) -> Balance:
        return Balance(
            self.cells + other.cells,
            self.accepted + other.accepted,
            self.blank + other.blank,
            self.duplicate + other.duplicate,
            self.clipped + other.clipped,
            self.quarantined + other.quarantined,
        )

    @property
    def out(self) -> int:
        """Cells accounted for."""
        return self.accepted + self.blank + self.duplicate + self.clipped + self.quarantined

    def check(self, **context: object) -> None:
        """Assert that every cell is accounted for.

        Raises:
            RowBalanceError: Something was lost, or came from nowhere.
        """
        if self.out != self.cells:
            raise RowBalanceError(
                "Cells in are not cells out", hint="nothing is committed: report it", **vars(self), **context
            )
