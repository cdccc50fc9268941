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
