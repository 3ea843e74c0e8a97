"""The tools on models of a public library, in an environment of their own (`make models`)."""
