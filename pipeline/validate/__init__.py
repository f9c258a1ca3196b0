"""Reply → tidy series: parsing, closed shapes, plausibility, provisional days. Pure: no network, no disk."""
