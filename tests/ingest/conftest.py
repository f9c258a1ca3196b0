"""Fixtures of the ingest tests."""

from tests.ingest.fake import house

__all__ = ["house"]
