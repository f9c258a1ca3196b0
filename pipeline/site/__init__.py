"""The site: warehouse → blocks → pages → MkDocs → checked site. Walk in at `build.py`.

`rendering.py` says which pages there are and which changed; `pages/` makes them out of `blocks/`, `charts/` and
`drawing/`; `shells.py` turns them into HTML; `downloads/` makes what is published beside them; `publishing.py` lays all
of it together, `check.py` tries it, `tree.py` writes what differs.
"""
