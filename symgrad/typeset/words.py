"""How names of variables and functions look in Unicode and LaTeX. The canonical ASCII names are made by the reader."""

from functools import cache

_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "hbar": "ℏ",
}  # fmt: skip


def _split(name: str) -> tuple[str, str, str]:
    """The letter or word, the subscript, and the primes of a name."""
    bare = name.rstrip("'")
    word, _, subscript = bare.partition("_")
    return word, subscript, name[len(bare) :]


@cache
def unicode_name(name: str) -> str:
    """A name on one line: Greek letters as such, subscripts of digits lowered.

    >>> unicode_name("theta_12"), unicode_name("w_ij")
    ('θ₁₂', 'w_ij')
    """
    word, subscript, primes = _split(name)
    text = _GREEK.get(word, word)
    if subscript:
        text += subscript.translate(_LOWERED) if subscript.isdecimal() else "_" + subscript
    return text + "′" * len(primes)


_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def is_long(name: str) -> bool:
    """Whether the name is set as a word rather than as one letter, so that juxtaposed names need a space."""
    word, _, __ = _split(name)
    return len(_GREEK.get(word, word)) > 1


_FUNCTION_LETTERS = frozenset("fghFGH") | {"phi", "varphi", "psi", "sigma", "Gamma", "Phi", "Psi"}


def looks_like_a_function(name: str) -> bool:
    """Whether a reader takes the name before a bracket for a function rather than for a factor."""
    return _split(name)[0] in _FUNCTION_LETTERS


# ---- LaTeX -------------------------------------------------------------------------------------------------------

_OWN_COMMAND = frozenset(_GREEK) - {"omicron"}


@cache
def latex_name(name: str) -> str:
    r"""A name in LaTeX; words of several letters upright, so that they are not taken for products.

    >>> print(latex_name("theta_12"), latex_name("w_i"), latex_name("rate"), latex_name("x1"))
    \theta_{12} w_i \mathrm{rate} \mathrm{x1}
    """
    word, subscript, primes = _split(name)
    text = "\\" + word if word in _OWN_COMMAND else word if len(word) == 1 else rf"\mathrm{{{word}}}"
    if subscript:
        below = "_".join(_latex_part(part) for part in subscript.split("_"))
        text += f"_{below}" if len(below) == 1 else f"_{{{below}}}"
    elif name.endswith("_"):
        text += r"\_"
    return text + primes


def _latex_part(part: str) -> str:
    return "\\" + part if part in _OWN_COMMAND else part
