"""Attacks on the claims: each breaks torch in the way a claim denies, and its proof must notice."""
