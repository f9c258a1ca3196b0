"""Block types, one module each: rows → figure, picture, table and files in one pass."""
