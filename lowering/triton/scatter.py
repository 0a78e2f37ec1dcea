"""Sums into computed places."""
