"""Writing files: whole or not at all, where it was asked, and never over something by surprise.

Every room that writes a file goes through here. Names are checked before any work is done, so that a wrong one costs
nothing.
"""

import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from symgrad.errors import OutputError, display_width

_RESERVED = {"con", "prn", "aux", "nul", *(f"com{k}" for k in range(1, 10)), *(f"lpt{k}" for k in range(1, 10))}
_UNSAFE = set('"`;|<>*?$&\\\n\r\t')
_LONGEST = 200  # bytes of a file name: leaves room for the temporary name on every file system


def output_path(name: str | os.PathLike[str], *, suffixes: Iterable[str] = (), overwrite: bool = False) -> Path:
    """The path to write to, after every check that can be made before the work.

    Args:
        name: the file name as the user gave it.
        suffixes: the endings that are possible here, such as (".png", ".svg"); none given allows any.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The path; its folder exists and is a folder.

    Raises:
        OutputError: the name is empty, reserved, hidden or holds characters that a shell or another system would act
            on; it climbs out of its folder with '..'; the ending is not possible; the folder is missing; something
            is there that may not be replaced.

    >>> output_path("curve.png", suffixes=(".png", ".svg")).name
    'curve.png'
    >>> output_path("curve.bmp", suffixes=(".png", ".svg"))
    Traceback (most recent call last):
    symgrad.errors.OutputError: I can't write '.bmp' files here.
    Use one of .png, .svg.
    """
    text = os.fspath(name)
    if not isinstance(text, str):
        raise OutputError("A file name must be text.", hint="Give the name as a str or a Path.")
    _check_spelling(text)
    path = Path(text)
    allowed = tuple(suffixes)
    if allowed and path.suffix.lower() not in allowed:
        what = f"I can't write '{path.suffix}' files here." if path.suffix else f"The file name '{text}' has no ending."
        raise OutputError(what, hint=f"Use one of {', '.join(allowed)}.")
    if not path.parent.is_dir():
        raise OutputError(f"There is no folder '{path.parent}'.", hint="Make it first, or choose another place.")
    _check_place(path, overwrite)
    return path


def _check_spelling(text: str) -> None:
    parts = text.replace("\\", "/").split("/")
    last = parts[-1]
    if not last or last in (".", ".."):
        raise OutputError(f"'{text}' names no file.", hint="Give a file name such as notes.tex.")
    bad = next((c for c in text if c in _UNSAFE or not c.isprintable() or display_width(c) == 0), None)
    if bad is not None:
        raise OutputError(
            f"The file name {text!a} holds the character {bad!a}.",
            hint="Use letters, digits, dots, dashes and underscores.",
        )
    if text.startswith("~"):
        raise OutputError(f"'{text}' begins with '~', which only a shell expands.", hint="Write the folder out.")
    if ".." in parts:
        raise OutputError(f"'{text}' climbs out of its folder with '..'.", hint="Write the folder out in full.")
    if last.startswith(".") or last.endswith((".", " ")) or last.startswith(" ") or "%00" in last.lower():
        raise OutputError(
            f"'{last}' is hidden, or not portable, as a file name.", hint="Give a name such as notes.tex."
        )
    if last.split(".")[0].lower() in _RESERVED:
        raise OutputError(f"'{last}' is the name of a device on some systems.", hint="Choose another name.")
    if len(os.fsencode(last)) > _LONGEST:
        raise OutputError(f"The file name is {len(os.fsencode(last))} bytes long.", hint=f"At most {_LONGEST} bytes.")


def _check_place(path: Path, overwrite: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(f"I can't write '{path}': {error.strerror}.", hint="Choose another place.") from None
    if stat.S_ISDIR(mode):
        raise OutputError(f"'{path}' is a folder.", hint="Give a file name inside it.")
    if not stat.S_ISREG(mode):
        raise OutputError(f"'{path}' is not an ordinary file.", hint="Choose another name.")
    if not overwrite:
        raise OutputError(f"'{path}' is already there.", hint="Use --force (overwrite=True) to replace it.")


def write(path: str | os.PathLike[str], content: str | bytes, *, overwrite: bool = False) -> Path:
    """Write a file whole or not at all.

    Args:
        path: where; checked as by `output_path`.
        content: text (written as UTF-8) or bytes.
        overwrite: whether a file that is already there may be replaced.

    Returns:
        The path written.

    Raises:
        OutputError: as `output_path`, or the disk is full or read-only; what was there before is untouched.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(f"{folder}/a.txt", "x²").read_text(encoding="utf-8")
    'x²'
    """
    target = output_path(path, overwrite=overwrite)
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            _put(temporary, target, overwrite)
        finally:
            temporary.unlink(missing_ok=True)
    except FileExistsError:
        raise OutputError(f"'{target}' is already there.", hint="Use --force (overwrite=True) to replace it.") from None
    except OSError as error:
        raise OutputError(f"I can't write '{target}': {error.strerror}.", hint="Choose another place.") from None
    return target


def _put(temporary: Path, target: Path, overwrite: bool) -> None:
    """Name the finished file: by replacing where asked, else by a link, which fails if the name was taken meanwhile."""
    if overwrite:
        temporary.replace(target)
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(target) from None
        temporary.replace(target)


def folder(name: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """A folder to write several files into, made if it is not there.

    Args:
        name: the folder; its own parent must exist.
        overwrite: whether a folder that already holds files may be written into.

    Returns:
        The path of the folder.

    Raises:
        OutputError: it is no folder, holds files already, or cannot be made.
    """
    path = Path(name)
    _check_spelling(os.fspath(path))
    try:
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise OutputError(f"'{path}' is not a folder.", hint="Choose another name.")
        if path.is_dir() and any(path.iterdir()) and not overwrite:
            raise OutputError(
                f"The folder '{path}' already holds files.", hint="Use --force to replace them, or another folder."
            )
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"I can't make the folder '{path}': {error.strerror}.", hint="Choose another place."
        ) from None
    return path
