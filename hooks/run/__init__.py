"""From cells to outputs: a warm process, a process for each page, what is kept of them."""
