"""A portal that lives: many nights on the emulator with the clock passed in, and what they leave behind."""
