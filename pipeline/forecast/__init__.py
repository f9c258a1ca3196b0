"""Forecasts: history, forecasters, backtest, bands, choice, vintages. Frames in, frames out.

`night` reads top to bottom as a night's work. What a forecast may be is decided in four places: `bands` (how wide),
`blends` (how models are weighted), `choice` (which is shown), `scores` (how each is judged).
"""
