"""One module a source: what to ask of it, and how to read what it answers."""
