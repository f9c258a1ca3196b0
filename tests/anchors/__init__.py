"""Single published figures, and the formulas of the domain layer run on them."""
