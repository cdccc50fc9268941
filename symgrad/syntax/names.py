r"""Names of variables: one ASCII normal form, and its look in Unicode, LaTeX and HTML, by table.

A name is a stem (letters, digits, no more), then perhaps primes, subscripts after `_`, and primes again:
`x`, `x1`, `alpha`, `w_ij`, `x_1_2`, `yhat`, `a'_b''`, `beta_`. `θ`, `\theta` and `theta` are the same name `theta`;
`x₁` and `x_1` are `x_1`; `x1` stays `x1`. A subscript that has primes itself stands in braces: `a_{b'}`.
Nothing that is not of this form is a name, so no name can carry code, markup or a TeX command anywhere.
"""

import re
from functools import lru_cache
from typing import NamedTuple

LETTERS: dict[str, str] = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Upsilon": "Υ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
    "varepsilon": "ϵ",
    "vartheta": "ϑ",
    "varkappa": "ϰ",
    "varpi": "ϖ",
    "varrho": "ϱ",
    "varsigma": "ς",
    "varphi": "ϕ",
    "ell": "ℓ",
    "hbar": "ℏ",
}
"""Greek (and two other) letters: the word that names one, and its character. Capitals that look Latin are not here."""

BY_CHARACTER: dict[str, str] = {character: word for word, character in LETTERS.items()} | {"µ": "mu"}
"""A Greek character to its word. The micro sign is what a keyboard gives for μ."""

ACCENTS: dict[str, str] = {
    "hat": "\u0302",
    "bar": "\u0304",
    "tilde": "\u0303",
    "vec": "\u20d7",
    "ddot": "\u0308",
    "dot": "\u0307",
}
"""Accents that end a stem (`xhat`, `thetabar`), with the combining character. `ddot` stands before `dot` on purpose."""

SUBSCRIPTS = dict(zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
SUPERSCRIPTS = dict(zip("0123456789+-()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱ", strict=True))
PLAIN_SUBSCRIPTS = {low: BY_CHARACTER.get(high, high) for high, low in SUBSCRIPTS.items()}
PLAIN_SUPERSCRIPTS = {low: high for high, low in SUPERSCRIPTS.items()}

LONGEST_NAME = 100

RESERVED = frozenset({"None", "nan", "NaN", "undefined", "null", "zoo", "true", "false"})
"""Words that are never variables: they mean "no number" somewhere else."""

_NAME = re.compile(r"([A-Za-z][A-Za-z0-9]*)('*)((?:_[A-Za-z0-9]+|_\{[A-Za-z0-9]+'+\})*)(_?)('*)\Z")
_SUBSCRIPT = re.compile(r"_(?:\{([A-Za-z0-9]+'+)\}|([A-Za-z0-9]+))")


class NameParts(NamedTuple):
    """A name taken apart: stem, accents (inner first), primes of the stem, subscripts, primes of the whole.

    >>> parts("yhat_12'")
    NameParts(stem='y', accents=('hat',), inner_primes=0, subscripts=('12',), primes=1, underscore=False)
    >>> parts("x1").subscripts
    ('1',)
    """

    stem: str
    accents: tuple[str, ...]
    inner_primes: int
    subscripts: tuple[str, ...]
    primes: int
    underscore: bool


def is_name(text: str) -> bool:
    """Whether a text is a name in normal form.

    >>> is_name("x_1"), is_name("a'_{b'}"), is_name("x=1"), is_name("θ"), is_name("x__y")
    (True, True, False, False, False)
    """
    return len(text) <= LONGEST_NAME and _NAME.match(text) is not None


@lru_cache(maxsize=4096)
def normal_form(text: str) -> str | None:
    r"""The normal form of a name as typed (`θ₁`, `\theta_1`, `theta_1`), or None if it is not a name.

    >>> normal_form("θ₁"), normal_form("\\theta_{1}"), normal_form("w_{ij}"), normal_form("x y"), normal_form("None")
    ('theta_1', 'theta_1', 'w_ij', None, None)
    """
    if len(text) > LONGEST_NAME:
        return None
    out: list[str] = []
    low = False
    for character in text.replace("′", "'").replace("″", "''"):
        if character in PLAIN_SUBSCRIPTS:
            out.append(PLAIN_SUBSCRIPTS[character] if low else "_" + PLAIN_SUBSCRIPTS[character])
            low = True
            continue
        low = False
        out.append(BY_CHARACTER.get(character, character))
    name = "".join(out)
    name = re.sub(r"\\([A-Za-z]+)", lambda found: found[1] if found[1] in LETTERS else found[0], name)
    name = re.sub(r"_\{([A-Za-z0-9]+)\}", r"_\1", name)
    return name if _NAME.match(name) and name not in RESERVED else None


@lru_cache(maxsize=4096)
def parts(name: str) -> NameParts:
    """A name in normal form taken apart for display; digits at the end of a letter or a Greek word go below it."""
    found = _NAME.match(name)
    if found is None:
        raise ValueError(f"{name!r} is not a name in normal form")
    stem, inner, below, underscore, primes = found.groups()
    subscripts = [braced or plain for braced, plain in _SUBSCRIPT.findall(below)]
    letters = stem.rstrip("0123456789")
    bare, accents = _without_accents(letters)
    if letters != stem and (len(bare) == 1 or bare in LETTERS):
        subscripts.insert(0, stem[len(letters) :])
        stem = bare
    elif letters == stem:
        stem = bare
    else:
        accents = ()
    if not below:  # primes of the stem are primes of the whole
        inner, primes = "", inner + primes
    return NameParts(stem, accents, len(inner), tuple(subscripts), len(primes), bool(underscore))


def _without_accents(stem: str) -> tuple[str, tuple[str, ...]]:
    """The letter under the accents of a stem, and the accents; a stem that is not a letter with accents has none."""
    bare, accents = stem, []
    while len(bare) > 1 and bare not in LETTERS:
        accent = next((word for word in ACCENTS if bare.endswith(word) and len(bare) > len(word)), None)
        if accent is None:
            return stem, ()
        bare = bare[: -len(accent)]
        accents.append(accent)
    return bare, tuple(reversed(accents))


def latex_name(name: str) -> str:
    r"""The name in LaTeX; the LaTeX reader reads it back (x1 comes back as x_1 unless x1 is declared).

    >>> latex_name("theta_1"), latex_name("x_max"), latex_name("yhat"), latex_name("radius"), latex_name("a_{b'}")
    ('\\theta_{1}', 'x_{\\mathrm{max}}', '\\hat{y}', '\\mathrm{radius}', "a_{b'}")
    """
    piece = parts(name)
    if piece.underscore:
        return rf"\mathrm{{{name.rstrip(chr(39)).replace('_', chr(92) + '_')}}}" + "'" * piece.primes
    text = _latex_word(piece.stem)
    for accent in piece.accents:
        text = rf"\{accent}{{{text}}}"
    text += "'" * piece.inner_primes
    if piece.subscripts:
        text += "_{" + ",".join(_latex_subscript(part) for part in piece.subscripts) + "}"
    return text + "'" * piece.primes


def _latex_word(word: str) -> str:
    if word in LETTERS:
        return "\\" + word
    return word if len(word) == 1 else rf"\mathrm{{{word}}}"


def _latex_subscript(part: str) -> str:
    word = part.rstrip("'")
    if word in LETTERS:
        return "\\" + word + "'" * (len(part) - len(word))
    if word.isdigit() or len(word) <= 2:
        return part
    return rf"\mathrm{{{word}}}" + "'" * (len(part) - len(word))


def unicode_name(name: str) -> str:
    """The name in one line of Unicode that the plain reader reads back to the same name.

    >>> unicode_name("theta_1"), unicode_name("x_max"), unicode_name("x1"), unicode_name("yhat")
    ('θ₁', 'x_max', 'x1', 'yhat')
    """
    found = _NAME.match(name)
    if found is None:
        raise ValueError(f"{name!r} is not a name in normal form")
    stem, inner, below, underscore, primes = found.groups()
    if underscore:  # no Greek letter before a bare underscore is read
        return name
    letters = stem.rstrip("0123456789")
    text = LETTERS.get(letters, letters) + stem[len(letters) :] + inner
    subscripts = [braced or plain for braced, plain in _SUBSCRIPT.findall(below)]
    if len(subscripts) == 1 and len(LETTERS.get(letters, letters)) == 1 and all(c.isdigit() for c in subscripts[0]):
        text += "".join(SUBSCRIPTS[c] for c in subscripts[0])
    else:
        text += below
    return text + primes


def html_name(name: str) -> str:
    """The name in HTML: italic letter, subscript, primes. Names hold nothing that needs escaping.

    >>> html_name("theta_1")
    '<i>θ</i><sub>1</sub>'
    """
    piece = parts(name)
    stem = LETTERS.get(piece.stem, piece.stem) + "".join(ACCENTS[accent] for accent in piece.accents)
    text = f"<i>{stem}</i>" if len(LETTERS.get(piece.stem, piece.stem)) == 1 else stem
    text += "′" * piece.inner_primes
    if piece.subscripts:
        low = (LETTERS.get(part.rstrip("'"), part.rstrip("'")) + "′" * part.count("'") for part in piece.subscripts)
        text += f"<sub>{','.join(low)}</sub>"
    return text + "_" * piece.underscore + "′" * piece.primes


def is_index_list(subscript: str) -> bool:
    """Whether the subscripts of a name are letters, one by one (_i_j, typed w_{i,j}): indices, not a name.

    >>> is_index_list("_i_j"), is_index_list("_ij"), is_index_list("_1_2")
    (True, False, False)
    """
    parts_below = subscript[1:].split("_")
    return len(parts_below) > 1 and all(len(part) == 1 and part.isalpha() for part in parts_below)


def display_key(name: str) -> tuple[object, ...]:
    """What of a name can be seen in LaTeX: `x1` and `x_1` have the same key."""
    return tuple(parts(name))
