"""Noise that depends on the seed and a name only, so that every process and every window sees the same."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def generator(seed: int, stream: str, index: int = 0) -> np.random.Generator:
    """Return the generator of a named stream.

    Drawing n values and then more gives the same first n values, so a series may grow with the calendar.
    """
    digest = hashlib.blake2b(f"{seed}|{stream}|{index}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "big")))


def floats(values: ArrayLike) -> Floats:
    """Return values as 64-bit floats."""
    return np.asarray(values, dtype=np.float64)


def rounded(values: ArrayLike, decimals: int) -> Floats:
    """Return values rounded to some decimals."""
    return np.asarray(np.round(np.asarray(values, dtype=np.float64), decimals), dtype=np.float64)


def autoregressive(noise: Floats, rho: float, deviation: float) -> Floats:
    """Return an AR(1) path along the first axis.

    Args:
        noise: Standard normal draws, shape (days, …).
        rho: Correlation from one day to the next.
        deviation: Standard deviation of the path.
    """
    path = np.empty_like(noise)
    path[0] = noise[0]
    gain = float(np.sqrt(1.0 - rho * rho))
    for day in range(1, len(noise)):
        path[day] = rho * path[day - 1] + gain * noise[day]
    return path * deviation


def smooth(values: Floats, days: float) -> Floats:
    """Return the exponential mean of the past along the first axis, with a memory of some days."""
    kept = 1.0 - 1.0 / days
    path = np.empty_like(values)
    path[0] = values[0]
    for day in range(1, len(values)):
        path[day] = kept * path[day - 1] + (1.0 - kept) * values[day]
    return path
