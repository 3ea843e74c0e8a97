"""Mutants of the proofs: each claim's proof with one constant or comparison changed must fail, or a reason says why not."""
