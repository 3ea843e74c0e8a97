"""Mutants of the proofs: with one constant or comparison changed a proof fails, or a reason says why not."""
