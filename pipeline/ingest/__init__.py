"""Bringing the lake up to date: ask, archive, read, merge, commit.

A series that fails keeps its last good state and names its reason; a source that is down keeps all of its own; the
others go on. What was asked, and how it ended, lies in `data/ingest.json`: the next run asks only for what is missing,
what failed, and what a source may still revise.

A run, top to bottom: `rounds` (the night), `plan` (which windows), `planned` (a round of one source). A reply, top to
bottom: `transport` (asked until the source's judge is satisfied) and `intake` (archived, read by the source, merged).
What a value is worth, its evidence says when all series are there (`store/evidence`). A source is a
module in `sources/` with an `ADAPTOR`, and an entry in `catalog/sources.yml`.
"""
