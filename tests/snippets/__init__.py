"""Tests of the snippets."""
