"""Mutants of the pages' proofs: one constant or one comparison is changed, and the proof must fail."""
