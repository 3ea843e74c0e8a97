"""The slow attacks on the build and the site; `make soak` runs them."""
