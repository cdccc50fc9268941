"""Words to names, functions, constants and products: `sin2x`, `xy`, `theta`, `radius`; doubtful ones are refused.

A word is a run of Latin letters and digits with subscripts, as typed in plain text (or letters in LaTeX). What a word
means is decided here, in this order: declared names, the function table, constants, Greek letters, a single letter,
letters around a function (`2xsinx`), a short product (`xy`). The lists of letters are the documented conventions.
"""

import re
from functools import lru_cache

from symgrad.syntax.functions import FUNCTIONS, SPELLINGS
from symgrad.syntax.names import ACCENTS, LETTERS

Piece = tuple[str, str]  # (kind, text): ("name", "x"), ("function", "sin"), ("digits", "2")

FORMS: dict[str, str] = {
    "diff": "diff",
    "Derivative": "diff",
    "sum": "sum",
    "Sum": "sum",
    "prod": "product",
    "product": "product",
    "Product": "product",
    "integral": "integral",
    "integrate": "integral",
    "Integral": "integral",
    "limit": "limit",
    "Limit": "limit",
    "piecewise": "piecewise",
    "Piecewise": "piecewise",
    "log": "log",
    "lg": "lg",
    "log2": "log2",
    "log10": "lg",
    "log1p": "log1p",
    "expm1": "expm1",
    "cbrt": "cbrt",
    "nthroot": "nthroot",
    "Rational": "ratio",
    "Eq": "=",
    "Ne": "!=",
    "Lt": "<",
    "Le": "<=",
    "Gt": ">",
    "Ge": ">=",
    "And": "and",
    "Or": "or",
    "Not": "not",
    "matrix": "matrix",
    "Matrix": "matrix",
}
"""Words that are read like functions but build something else than one call."""

KEYWORDS = frozenset(
    {"if", "when", "for", "otherwise", "else", "and", "or", "not", "where", "mod", "True", "False"}
) | {"from", "above", "below"}

INFINITIES = frozenset({"oo", "inf", "infinity", "Infinity"})

ALSO_VARIABLES = frozenset(
    [
        "re",
        "im",
        "sgn",
        "Ci",
        "Si",
        "Ei",
        "Chi",
        "Shi",
        "li",
        "arg",
        "beta",
        "gamma",
        "zeta",
        "Beta",
        "Gamma",
        "step",
        "round",
        "total",
    ]
)
"""Functions whose name is a variable where no bracket follows."""

COORDINATES = frozenset("xyztuvw")
_AFTER_FUNCTION = frozenset(
    "xyztuvwrabckmnpq"
)  # not d, e, g, h, i, s: `sind`, `sine`, `sing`, `sech`, `sins` are words
_BARE = sorted(
    (alias for alias, name in SPELLINGS.items() if (FUNCTIONS[name].bare and len(alias) > 2) or alias == "ln"),
    key=len,
    reverse=True,
)
_BARE_WORD = re.compile("|".join([*_BARE, "log"]))


def accented(word: str) -> bool:
    """Whether a word is a letter with accents: xhat, thetabar, yddot."""
    accent = next((accent for accent in ACCENTS if word.endswith(accent)), None)
    if accent is None:
        return False
    stem = word[: -len(accent)]
    return (len(stem) == 1 and stem.isalpha()) or stem in LETTERS


def is_letter(word: str) -> bool:
    """Whether a word without digits is one letter: Latin, Greek by name, or with an accent."""
    return len(word) == 1 or word in LETTERS or accented(word)


def is_short_product(word: str) -> bool:
    """Whether a word of letters is safely read as a product of its letters.

    Two different small letters, one of them a coordinate (or both of a, b, c), without d, e, f, g, i, o; or up to six
    of abcxyz (or u, v, w) in the order of the alphabet.

    >>> [word for word in "xy ax kt abc xyz in if dx ex xx tax Id".split() if is_short_product(word)]
    ['xy', 'ax', 'kt', 'abc', 'xyz']
    """
    if not word.islower() or len(set(word)) != len(word):
        return False
    letters = set(word)
    if len(word) == 2:
        return not letters & set("defgio") and (bool(letters & COORDINATES) or letters <= set("abc"))
    return list(word) == sorted(word) and (letters <= set("abcxyz") or letters <= set("uvw"))


def glued_arc(word: str) -> tuple[str, str] | None:
    """asin and x where a word holds asinx, which may also be a·sin x.

    >>> glued_arc("2acosx"), glued_arc("xasin"), glued_arc("arcsinx")
    (('acos', 'x'), None, None)
    """
    for found in _BARE_WORD.finditer(word):
        name = found[0]
        if name[0] == "a" and name[1:] in SPELLINGS and found.end() < len(word):
            return name, word[found.end() :]
    return None


@lru_cache(maxsize=4096)
def split_around_functions(word: str, operand: bool, bracket: bool = False) -> tuple[Piece, ...] | None:
    """A word of letters and digits with function names in it, taken apart; None unless there is exactly one way.

    `operand` tells whether something follows that a function at the end could take, `bracket` whether a ( follows.

    >>> split_around_functions("xsinx", False)
    (('name', 'x'), ('function', 'sin'), ('name', 'x'))
    >>> split_around_functions("sin2x", False), split_around_functions("using", False)
    ((('function', 'sin'), ('digits', '2'), ('name', 'x')), None)
    """
    if len(word) > 40 or _BARE_WORD.search(word) is None:
        return None
    ways = _ways(word, 0, False, operand, bracket)
    return ways[0] if len(ways) == 1 else None


def _ways(word: str, at: int, after: bool, operand: bool, bracket: bool) -> list[tuple[Piece, ...]]:
    """Up to two ways to take the rest of a word apart; the longest function name at a place is the one."""
    if at == len(word):
        return [()]
    found = _BARE_WORD.match(word, at)
    if found and (found.end() < len(word) or operand or bracket):
        text = found[0]
        piece = ("form", "log") if text == "log" else ("function", SPELLINGS[text])
        return [(piece, *rest) for rest in _ways(word, found.end(), True, operand, bracket)]
    if word[at].isdigit():
        stop = at
        while stop < len(word) and word[stop].isdigit():
            stop += 1
        return [(("digits", word[at:stop]), *rest) for rest in _ways(word, stop, after, operand, bracket)][:2]
    ways: list[tuple[Piece, ...]] = []
    for length in (1, 2):
        letters = word[at : at + length]
        if len(letters) < length or not letters.isalpha() or (length == 2 and not is_short_product(letters)):
            continue
        stop = at + length
        next_is_letter = stop < len(word) and word[stop].isalpha() and _BARE_WORD.match(word, stop) is None
        if next_is_letter or (after and not set(letters) <= _AFTER_FUNCTION):
            continue
        if after and bracket and stop == len(word):  # `sinx(…)`, `tand(…)`: none of the readings is safe
            continue
        pieces = [("name", letter) for letter in letters]
        while stop < len(word) and word[stop].isdigit():
            pieces[-1] = ("name", pieces[-1][1] + word[stop])
            stop += 1
        ways += [(*pieces, *rest) for rest in _ways(word, stop, after, operand, bracket)]
    return ways[:2]


@lru_cache(maxsize=1)
def _letters_of_known() -> frozenset[str]:
    return frozenset("".join(sorted(name)) for name in (*SPELLINGS, *FORMS, *LETTERS) if len(name) > 3)


def is_misspelt(word: str) -> bool:
    """Whether a word has the letters of a known name in another order: tehta, artcan."""
    return "".join(sorted(word)) in _letters_of_known()


def nearest(word: str, also: tuple[str, ...] = ()) -> list[str]:
    """Up to three known names near a word, by difflib, nearest first.

    >>> nearest("sni"), nearest("arctn")[0], nearest("qqqqq")
    (['sin'], 'arctan', [])
    """
    from difflib import SequenceMatcher, get_close_matches  # 3 ms that only an error pays

    pool = [*also, *SPELLINGS, *FORMS, *LETTERS]
    close = get_close_matches(word, pool, n=8, cutoff=0.6)
    same = [name for name in pool if sorted(name) == sorted(word)]
    ranked = sorted(
        dict.fromkeys(same + close),
        key=lambda name: (sorted(name) != sorted(word), -SequenceMatcher(None, word, name).ratio(), len(name)),
    )
    canonical = dict.fromkeys(SPELLINGS.get(name, name) for name in ranked)
    best = [name for name in canonical if name != word]
    if same:
        best = [name for name in best if sorted(name) == sorted(word)] or best
    return best[:3]
