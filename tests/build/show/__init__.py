"""What a page shows of its cells."""
