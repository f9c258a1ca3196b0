"""Bringing the lake up to date: ask, archive, parse, merge, commit.

A series that fails keeps its last good state and names its
reason; a source that is down keeps all of its own; the others go on. What was asked, and how it ended, lies in
`data/ingest.json`: the next run asks only for what is missing, what failed, and what a source may still revise.

Adding a source: a module in `sources/` with an `Adaptor`, and one entry in `rounds.SOURCES`.
"""
