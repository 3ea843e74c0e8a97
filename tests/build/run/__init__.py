"""Cells, their processes, and what is kept of them."""
