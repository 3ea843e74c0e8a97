"""Every cell of every page on other processors: what fails there, and what prints something else.

`python -m tests.everywhere` runs the pages in all places of `places.py` and prints a table claim × place. A
place is a way to run Python: with other environment variables, another Python, or a machine emulated.
"""
