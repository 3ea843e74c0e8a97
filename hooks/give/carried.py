"""How a notebook or script imports the modules it carries; `alone.py` puts this and them into it."""

import importlib.abc
import importlib.util
import sys

MODULES: dict[str, str] = {}


class Carried(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Imports what `MODULES` holds (file name -> text) from memory, under its own name."""

    def find_spec(self, name, path=None, target=None):
        """The module or package of that name; None when it is not carried."""
        return importlib.util.spec_from_loader(name, self) if self.get_filename(name) else None

    def get_filename(self, name):
        """The file of a module or package; None when it is not carried."""
        stem = name.replace(".", "/")
        return next((f for f in (f"{stem}/__init__.py", f"{stem}.py") if f in MODULES), None)

    def get_data(self, path):
        """The text of a file."""
        return MODULES[path].encode()


sys.meta_path.insert(0, Carried())
