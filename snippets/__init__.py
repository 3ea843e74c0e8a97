"""Code that more than one page uses, or that a reader takes home."""
