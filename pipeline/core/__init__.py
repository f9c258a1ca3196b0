"""Errors, units, time, settings, paths, log and es-CO formatting: what every layer may use."""
