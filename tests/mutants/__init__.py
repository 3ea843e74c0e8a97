"""Mutants: a proof, a snippet, the build or the lab is changed by a little, and what checks it must notice."""
