"""Mutants of our own code, to see that the tests notice; `make mutants` runs them."""
