"""Texts: facts computed in SQL, words by a template or a model, every figure checked."""
