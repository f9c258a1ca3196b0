"""Texts: claims computed in SQL, a plan by rules or a model, words by a grammar. Walk in at `write.py`."""
