"""Publish by renaming: a build writes beside the site's folder, and takes its place when all is there."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.utils import CountHandler

try:
    import fcntl
except ImportError:  # Windows: builds at once try until it works
    fcntl = None

ADVICE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EACCES: "make that folder writable, or choose another with --site-dir",
    errno.EROFS: "make that folder writable, or choose another with --site-dir",
}


class Publication:
    """One build's folder beside the site: `.<site>.building-*/` with `new`, for a moment `old-*`, and `lock`.

    Its build holds the lock; the system releases it when the build dies, however it dies.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock: FileLock | None = None
        self._target = Path()

    def begin(self, config: MkDocsConfig, dirty: bool) -> None:
        """Have MkDocs write into a folder of its own; mend first what a killed build left.

        Raises `PluginError` where the site's folder cannot be replaced, `OSError` where none can be made.
        """
        self.discard()
        self._target = target = Path(config.site_dir).resolve()
        if target.is_file():
            raise PluginError(f"{target} is a file: remove it, or choose another --site-dir")
        if os.path.ismount(target):
            raise PluginError(
                f"{target} is a mount point, which a new site cannot replace: "
                "choose a folder inside it with --site-dir"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        recover(target)
        self._folder, self._lock = _own_folder(target)
        new = self._folder / "new"
        if dirty and target.is_dir():
            shutil.copytree(target, new, symlinks=True)
        else:
            new.mkdir()
        config.site_dir = str(new)
        logging.getLogger("mkdocs.commands.build").addFilter(self._say_the_target)

    def _say_the_target(self, record: logging.LogRecord) -> bool:
        """Where MkDocs says into which folder it builds, name the one that will hold the site."""
        if self._folder is not None:
            record.msg = str(record.msg).replace(str(self._folder / "new"), str(self._target))
        return True

    def finish(self, config: MkDocsConfig) -> None:
        """Let the new site take the old one's place, unless MkDocs is about to abort in strict mode."""
        if self._folder is None:
            return
        handlers = logging.getLogger("mkdocs").handlers
        if any(isinstance(handler, CountHandler) and handler.get_counts() for handler in handlers):
            return
        new, target = self._folder / "new", self._target
        with _alone(target.parent):
            if target.is_dir():
                _keep_hidden(target, new)
                shutil.copymode(target, new)
            _swap(new, target, self._folder)
        config.site_dir = str(target)
        self.discard()

    def discard(self) -> None:
        """Remove the build's own folder; what cannot be removed now, the next build removes."""
        if self._folder is not None and self._lock is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._lock.release()
        self._folder = None  # not before: who is interrupted here comes back to it

    def explain(self, error: OSError) -> str:
        """What the disk refused, what to do, and that the last good site stands."""
        what = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
        if self._folder is not None:
            what = what.replace(str(self._folder / "new"), str(self._target))
        advice = ADVICE.get(error.errno or 0, "look after that file")
        stands = f"; {self._target} is as it was" if self._target.name else ""
        return f"the site was not built: {what}. First {advice}, then build again{stands}."


def recover(target: Path) -> None:
    """Put back a site whose build was killed between two renames, and remove what dead builds left."""
    for folder in target.parent.iterdir():
        if not folder.name.startswith(_prefix(target)):
            continue
        lock = FileLock(folder / "lock")
        try:
            lock.acquire(blocking=False)
        except (Timeout, FileNotFoundError, FileExistsError):
            continue  # its build is alive, or removed it just now
        with _alone(target.parent):
            for old in folder.glob("old-*"):
                if not target.exists():
                    old.rename(target)
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Meanwhile no other build renames in `folder`: the lock lies on the folder and dies with its process."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _prefix(target: Path) -> str:
    return f".{target.name}.building-"


def _own_folder(target: Path) -> tuple[Path, FileLock]:
    """A fresh folder beside the target, and its lock; another build may clean it away in between."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
        lock = FileLock(folder / "lock")
        try:
            lock.acquire(blocking=False)
        except (Timeout, FileNotFoundError, FileExistsError):
            continue
        return folder, lock


def _keep_hidden(target: Path, new: Path) -> None:
    """Copy what MkDocs would leave in the folder: names with a dot, such as .git and .nojekyll."""
    for path in target.iterdir():
        if path.name.startswith(".") and not (new / path.name).exists():
            if path.is_dir() and not path.is_symlink():
                shutil.copytree(path, new / path.name, symlinks=True)
            else:
                shutil.copy2(path, new / path.name, follow_symlinks=False)


def _swap(new: Path, target: Path, folder: Path) -> None:
    """Two renames; when another build comes between them, it is replaced in its turn."""
    for attempt in range(1000):
        old = folder / f"old-{attempt}"
        try:
            if target.exists():
                target.rename(old)
            new.rename(target)
            return
        except FileNotFoundError:
            if not new.exists():
                raise
            continue  # another build has just taken the old site away
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        finally:
            if old.exists() and not target.exists():
                old.rename(target)  # interrupted in between
    raise PluginError(f"{target} does not keep still: other builds replace it all the time")
