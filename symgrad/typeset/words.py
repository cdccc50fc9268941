"""What the printers must know of names beyond their spelling: which are words, which are taken for functions."""

from symgrad.syntax.names import LETTERS, parts


def is_long(name: str) -> bool:
    """Whether the name is set as a word rather than as one letter, so that juxtaposed names need a space."""
    piece = parts(name)
    return piece.underscore or (len(piece.stem) > 1 and piece.stem not in LETTERS)


_FUNCTION_LETTERS = frozenset("fghFGH") | {"phi", "varphi", "psi", "sigma", "Gamma", "Phi", "Psi"}


def looks_like_a_function(name: str) -> bool:
    """Whether a reader takes the name before a bracket for a function rather than for a factor."""
    return parts(name).stem in _FUNCTION_LETTERS
