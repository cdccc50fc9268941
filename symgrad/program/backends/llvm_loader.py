"""Object code into memory without LLVM's loader, on Linux with x86-64 processors.

LLVM's own places each section where the system likes, and ends the process with a failed assertion when a constant is
more than 2 GB from the code that reads it, which happens as soon as large arrays or large libraries lie between two
holes. Here the sections of a file lie side by side in one block, in a tenth of the time. What is out of the ordinary
(another format, an unknown kind of relocation) is left to LLVM: `load` then returns None.

Source: the System V ABI for AMD64, ch. 4; ELF-64 object file format.
"""

import ctypes
import mmap
import struct
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

PAGE = mmap.PAGESIZE
_ALLOCATED, _WRITABLE = 0x2, 0x1
_NOBITS, _SYMBOLS, _RELOCATIONS = 8, 2, 4
_ABSOLUTE64, _RELATIVE32, _CALL32, _TABLE32, _RELATIVE64, _TABLE32X, _REX_TABLE32X = 1, 2, 4, 9, 24, 41, 42
_THROUGH_TABLE = (_TABLE32, _TABLE32X, _REX_TABLE32X)
_JUMP = b"\xff\x25\0\0\0\0"  # jmp *(next address)
_STUB, _ENTRY = 16, 8
_UNDEFINED, _RESERVED = 0, 0xFF00


class _Section(NamedTuple):
    name: str
    kind: int
    flags: int
    start: int
    size: int
    link: int
    info: int
    alignment: int


class _Symbol(NamedTuple):
    name: str
    section: int
    value: int


class Image:
    """Code in memory: it stays there as long as this object lives."""

    def __init__(self, memory: mmap.mmap, base: int, symbols: dict[str, int]) -> None:
        self._memory = memory
        self._base = base
        self.symbols = symbols


def load(code: bytes, resolve: Callable[[str], int | None]) -> Image | None:
    """The object code in executable memory, or None if it is not of the kind that this loader knows.

    Args:
        code: an ELF file.
        resolve: the address of a function from elsewhere.
    """
    if sys.platform != "linux" or code[:6] != b"\x7fELF\2\1" or struct.unpack_from("<H", code, 18)[0] != 62:
        return None
    sections = _sections(code)
    symbols = _symbols(code, sections)
    relocations = list(_relocations(code, sections))
    places, executable, whole = _layout(sections, len(symbols))
    if places is None:
        return None
    memory = mmap.mmap(-1, whole, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    addresses = []
    for symbol in symbols:
        if symbol.section == _UNDEFINED:
            addresses.append(resolve(symbol.name) if symbol.name else 0)
        elif symbol.section >= _RESERVED or symbol.section not in places:
            addresses.append(None)
        else:
            addresses.append(base + places[symbol.section] + symbol.value)
    for index, place in places.items():
        section = sections[index]
        if section.kind != _NOBITS:
            memory[place : place + section.size] = code[section.start : section.start + section.size]
    spare = executable - len(symbols) * (_STUB + _ENTRY)  # a stub and a table entry for each symbol, used or not
    for section_index, offset, kind, index, addend in relocations:
        if section_index not in places:
            continue
        at, target = places[section_index] + offset, addresses[index]
        stub = spare + index * _STUB
        entry = spare + len(symbols) * _STUB + index * _ENTRY
        if target is None or not _relocate(memory, base, at, kind, target, addend, stub, entry, symbols[index]):
            return None
    if _libc().mprotect(base, executable, mmap.PROT_READ | mmap.PROT_EXEC):
        return None
    known = {symbol.name: address for symbol, address in zip(symbols, addresses) if symbol.section and address}
    return Image(memory, base, known)


def _relocate(
    memory: Any, base: int, at: int, kind: int, target: int, addend: int, stub: int, entry: int, symbol: _Symbol
) -> bool:
    """Write one address or distance; False for a kind that is not known here."""
    if kind == _ABSOLUTE64:
        struct.pack_into("<Q", memory, at, (target + addend) % 2**64)
        return True
    if kind == _RELATIVE64:
        struct.pack_into("<q", memory, at, target + addend - base - at)
        return True
    if kind in _THROUGH_TABLE:
        struct.pack_into("<Q", memory, entry, target)
        target = base + entry
    elif kind in (_RELATIVE32, _CALL32):
        if symbol.section == _UNDEFINED:  # far away: through a jump nearby
            if kind != _CALL32:
                return False
            memory[stub : stub + len(_JUMP)] = _JUMP
            struct.pack_into("<Q", memory, stub + len(_JUMP), target)
            target = base + stub
    else:
        return False
    struct.pack_into("<i", memory, at, target + addend - base - at)
    return True


# ---- reading ---------------------------------------------------------------------------------------------------------


def _text(code: bytes, start: int) -> str:
    return code[start : code.index(b"\0", start)].decode()


def _sections(code: bytes) -> list[_Section]:
    (table,) = struct.unpack_from("<Q", code, 40)
    size, count, names = struct.unpack_from("<HHH", code, 58)
    rows = [struct.unpack_from("<IIQQQQIIQQ", code, table + k * size) for k in range(count)]
    start = rows[names][4]
    return [
        _Section(_text(code, start + name), kind, flags, offset, length, link, info, alignment)
        for name, kind, flags, _, offset, length, link, info, alignment, _ in rows
    ]


def _symbols(code: bytes, sections: list[_Section]) -> list[_Symbol]:
    found = []
    for section in sections:
        if section.kind == _SYMBOLS:
            names = sections[section.link].start
            for at in range(section.start, section.start + section.size, 24):
                name, _, _, index, value, _ = struct.unpack_from("<IBBHQQ", code, at)
                found.append(_Symbol(_text(code, names + name), index, value))
    return found


def _relocations(code: bytes, sections: list[_Section]) -> Any:
    """(section, offset, kind, symbol, addend) of each."""
    for section in sections:
        if section.kind == _RELOCATIONS:
            for at in range(section.start, section.start + section.size, 24):
                offset, what, addend = struct.unpack_from("<QQq", code, at)
                yield section.info, offset, what & 0xFFFF_FFFF, what >> 32, addend


def _layout(sections: list[_Section], symbols: int) -> tuple[dict[int, int] | None, int, int]:
    """Where each section begins, how many bytes are to be executable and constant, and how many there are in all.

    First what is never written, with room for a stub and a table entry for each symbol; from the next page on the rest.
    """
    places: dict[int, int] = {}
    end = executable = 0
    for writable in (False, True):
        for index, section in enumerate(sections):
            wanted = section.flags & _ALLOCATED and section.size and not section.name.startswith(".eh_frame")
            if not wanted or bool(section.flags & _WRITABLE) is not writable:
                continue
            if section.alignment > PAGE:
                return None, 0, 0
            end = -(-end // max(1, section.alignment)) * max(1, section.alignment)
            places[index] = end
            end += section.size
        if not writable:
            end = executable = -(-(end + symbols * (_STUB + _ENTRY)) // PAGE) * PAGE
    return places, executable, max(-(-end // PAGE) * PAGE, PAGE)


@lru_cache(maxsize=1)
def _libc() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return libc
