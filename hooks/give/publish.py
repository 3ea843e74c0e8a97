"""Publish by renaming: a build writes beside the site's folder, and takes its place when all is there."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import get_plugin_logger

log = get_plugin_logger("publish")

ADVICE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EACCES: "make that folder writable, or choose another with --site-dir",
    errno.EROFS: "make that folder writable, or choose another with --site-dir",
}


class Publication:
    """A build on its way from `.<site>.building` to `<site>`; for a moment `.<site>.old` holds the last one.

    Builds beside each other take turns: each holds a lock on the folder around the site, which the system
    releases when the build dies, however it dies.
    """

    def __init__(self) -> None:
        self._config: MkDocsConfig | None = None
        self._lock = -1
        self.complete = False
        """Whether all is there, and the site may take its place at the end of the command."""

    def begin(self, config: MkDocsConfig) -> None:
        """Have MkDocs write into a folder of its own; mend first what a killed build left.

        Raises `PluginError` where the site's folder cannot be replaced, `OSError` where none can be made.
        """
        self._target = target = Path(config.site_dir).resolve()
        if target.is_file() or os.path.ismount(target):
            what = "a file: remove it" if target.is_file() else "a mount point: use one inside it"
            raise PluginError(f"{target} is {what}, or choose another --site-dir")
        self._new = target.with_name(f".{target.name}.building")
        self._old = target.with_name(f".{target.name}.old")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(target.parent, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("Another build is at work here: waiting for its end")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._config, self.complete = config, False
        self._tidy()
        self._new.mkdir()
        config.site_dir = str(self._new)

    def end(self) -> None:
        """Let the new site take the old one's place if it is complete; remove what is left otherwise.

        Raises `Abort` with a sentence when the disk refuses that.
        """
        if self._config is None:
            return
        self._config.site_dir = str(self._target)
        try:
            if self.complete:
                self._replace()
        except OSError as error:
            raise Abort(self.explain(error)) from error
        finally:
            self._tidy()
            os.close(self._lock)
            self._config = None

    def explain(self, error: OSError) -> str:
        """What the disk refused, what to do, and that the last good site stands."""
        what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
        advice = ADVICE.get(error.errno or 0, "look after that file")
        stands = f"; {self._target} is as it was" if self._config else ""
        return f"the site was not built: {what}. First {advice}, then build again{stands}."

    def _replace(self) -> None:
        """Two renames; what MkDocs would leave in the folder stays: names with a dot, such as .git."""
        new, target = self._new, self._target
        if target.is_dir():
            for path in target.glob(".*"):
                if (new / path.name).exists():
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.copytree(path, new / path.name, symlinks=True)
                else:
                    shutil.copy2(path, new / path.name, follow_symlinks=False)
            shutil.copymode(target, new)
            target.rename(self._old)
        new.rename(target)

    def _tidy(self) -> None:
        """Put back a site that was taken away and not replaced; remove the folders of a build."""
        if self._old.exists() and not self._target.exists():
            self._old.rename(self._target)
        for folder in (self._old, self._new):
            shutil.rmtree(folder, ignore_errors=True)
