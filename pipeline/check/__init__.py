"""`./inv check --catalog`: every declaration and every query tried on an empty and on a small lake, in seconds."""
