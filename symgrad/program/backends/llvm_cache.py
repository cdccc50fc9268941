"""Object code kept on disk, so that a long program is compiled once for a machine and not once a process.

A file is loaded only if it carries the right HMAC under a secret that this user alone can read; the folder must belong
to the user and be writeable by nobody else. So neither a damaged file nor one that somebody else put there is ever
run. Whoever can read the secret is the user, and needs no cache to run code. Files are written whole under another name
and then renamed: two processes may write the same file, and each reads a complete one.

The environment variable SYMGRAD_CACHE names the folder, or turns the cache off with "off".
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

LIMIT = 256 * 2**20  # bytes of object code; the files used least recently go first
_MAC = 32


@lru_cache(maxsize=8)
def _folder(setting: str) -> Path | None:
    """The folder, made if need be; None where it can't be trusted."""
    if setting == "off":
        return None
    if setting:
        path = Path(setting)
    elif sys.platform == "win32":
        path = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "symgrad" / "cache"
    else:
        path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "symgrad"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path if _is_private(path.lstat(), stat.S_ISDIR) else None
    except OSError:
        return None


def _is_private(status: os.stat_result, kind: object) -> bool:
    """Whether it is of the right kind, ours, and writeable by us alone."""
    if not kind(status.st_mode):  # type: ignore[operator]
        return False
    return sys.platform == "win32" or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


@lru_cache(maxsize=8)
def _secret(folder: Path) -> bytes | None:
    """32 random bytes that only this user can read; made once."""
    path = folder / "secret"
    try:
        if not path.exists():
            _write(path, secrets.token_bytes(32), replace=False)
        status = path.lstat()
        if not _is_private(status, stat.S_ISREG) or (sys.platform != "win32" and status.st_mode & 0o077):
            return None
        found = path.read_bytes()
    except OSError:
        return None
    return found if len(found) == 32 else None


def _write(path: Path, data: bytes, *, replace: bool = True) -> None:
    """The file whole or not at all; without `replace`, an existing file stays as it is."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if replace or sys.platform == "win32":
            os.replace(name, path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


def key(*parts: object) -> str:
    """A name for what was compiled: any difference in the parts gives another."""
    digest = hashlib.sha256()
    for part in parts:
        text = repr(part).encode()
        digest.update(len(text).to_bytes(8, "little") + text)
    return digest.hexdigest()


def read(name: str) -> bytes | None:
    """The object code kept under that name, if it is there and is what was written."""
    folder = _folder(os.environ.get("SYMGRAD_CACHE", ""))
    secret = _secret(folder) if folder else None
    if folder is None or secret is None:
        return None
    path = folder / f"{name}.o"
    try:
        data = path.read_bytes()
        if not hmac.compare_digest(data[:_MAC], _signature(secret, name, data[_MAC:])):
            return None
        os.utime(path)
    except OSError:
        return None
    return data[_MAC:]


def write(name: str, code: bytes) -> None:
    """Keep object code; where that is impossible, nothing happens."""
    folder = _folder(os.environ.get("SYMGRAD_CACHE", ""))
    secret = _secret(folder) if folder else None
    if folder is None or secret is None:
        return
    with contextlib.suppress(OSError):
        _write(folder / f"{name}.o", _signature(secret, name, code) + code)
        _prune(folder)


def _signature(secret: bytes, name: str, code: bytes) -> bytes:
    return hmac.new(secret, name.encode() + b"\0" + code, hashlib.sha256).digest()


def _prune(folder: Path) -> None:
    """Remove the files used least recently while all together are too large."""
    files = []
    for path in folder.glob("*.o"):
        with contextlib.suppress(OSError):
            status = path.stat()
            files.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= LIMIT:
            break
        with contextlib.suppress(OSError):
            path.unlink()
        total -= size
