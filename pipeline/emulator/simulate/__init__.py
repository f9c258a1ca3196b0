"""A small physical world: the same day, seed and hour always give the same value, whatever was asked before."""
