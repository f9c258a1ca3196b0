"""Tests of the single sources."""
