"""What every layer of torch.nn starts as: the table, made from the installed torch and tested against draws."""

from snippets.defaults.cases import CASES
from snippets.defaults.classes import HOLDERS, builder, owns_nothing, public_classes
from snippets.defaults.rules import stated
from snippets.defaults.table import ALL, Row, Table, measure

__all__ = ["ALL", "CASES", "HOLDERS", "Row", "Table", "builder", "measure", "owns_nothing"]
__all__ += ["public_classes", "stated"]
