"""Costs of runs before they begin."""
