"""Runs the line on a clock: start in order, stop in reverse within a deadline."""
