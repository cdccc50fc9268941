"""Ten thousand texts that nobody would type: only SymgradErrors come out, and quickly.

Three kinds: characters at random, tokens of the language in random order, and small changes to formulas of the tables.
"""

import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symgrad.errors import SymgradError
from symgrad.syntax import read
from symgrad.syntax.functions import FUNCTIONS

from . import test_latex, test_plain

LONGEST = 10  # CPU seconds: a guard against hanging, no measure of speed
CANARY = Path("SYMGRAD_CANARY")

CHARACTERS = st.text(
    st.one_of(
        st.sampled_from("xyzabdefinx0123456789+-*/^()[]{}|,;.=<>!'_ \\\\$&%~√²³₁θπ·−∑∫⌊⌋°"),
        st.characters(max_codepoint=0x2FFF),
    ),
    max_size=40,
)
PLAIN_TEXT = """
    sin cos ln log_2 sqrt max( f( f'( d/dx dy/dx theta π x_1 x_{i} ² √ ∑_{k=1}^n ∫_0^1 dx {x otherwise} mod 2.5 **
    sum( k=1..n diff( ,x) Piecewise(( True)) if and where oo e^ 1/0 ! °
"""
LATEX_TEXT = r"""
    \frac \frac{1}{x} \sqrt \sqrt[3] \sin \left( \right) \left| \right| \cdot \theta \pi \sum_{k=1}^{n} \int_0^1 \,dx
    \lim_{x\to0} \\ \begin{cases} \end{cases} \text{if} \mathrm{e} \operatorname{sech} \hat{y} \frac{d}{dx}
    \frac{dy}{dx} \partial \begin{matrix} \end{matrix} \lfloor \rfloor ^\top \mathbf{x} ~
"""
PLAIN_TOKENS = st.lists(
    st.sampled_from([*"xyzabdefg0123+-*/^()|,;=<>!' []{}", *PLAIN_TEXT.split(), *FUNCTIONS]), max_size=25
).flatmap(lambda parts: st.sampled_from(["".join(parts), " ".join(parts)]))
LATEX_TOKENS = st.lists(st.sampled_from([*"xyzdef0123+-^_(){}|,=<!' &[]", *LATEX_TEXT.split()]), max_size=20).flatmap(
    lambda parts: st.sampled_from(["".join(parts), " ".join(parts)])
)
FORMULAS = [text for text, _ in test_plain.READINGS]
LATEX_FORMULAS = [text for text, _ in test_latex.READINGS]

FUZZ = settings(
    max_examples=2_000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
OPTIONS = {"accept": ("equation", "condition", "matrix")}


@st.composite
def _changed(draw: st.DrawFn, formulas: list[str]) -> str:
    """A formula with a piece taken out, doubled, or replaced by a piece of another."""
    text, other = draw(st.sampled_from(formulas)), draw(st.sampled_from(formulas))
    start = draw(st.integers(0, len(text)))
    stop = draw(st.integers(start, len(text)))
    middle = draw(
        st.sampled_from(["", text[start:stop] * 2, other, other[: len(other) // 2], other[len(other) // 2 :]])
    )
    return text[:start] + middle + text[stop:]


def _is_read_or_refused(text: str, syntax: str) -> None:
    start = time.process_time()
    try:
        reading = read(text, syntax=syntax, options=OPTIONS)
        shown = reading.bracketed
        assert shown
        assert all(place.taken for place in reading.ambiguities)
    except SymgradError as error:
        start_of_fault, stop_of_fault = error.span or (0, 0)
        if not str(error) or not 0 <= start_of_fault <= stop_of_fault <= max(1, len(text) + 1):
            raise
    assert time.process_time() - start < LONGEST
    assert not CANARY.exists()


@FUZZ
@given(CHARACTERS, st.sampled_from(["plain", "latex"]))
def test_random_characters(text: str, syntax: str) -> None:
    _is_read_or_refused(text, syntax)


@FUZZ
@given(PLAIN_TOKENS)
def test_random_plain_tokens(text: str) -> None:
    _is_read_or_refused(text, "plain")


@FUZZ
@given(LATEX_TOKENS)
def test_random_latex_tokens(text: str) -> None:
    _is_read_or_refused(text, "latex")


@FUZZ
@given(_changed(FORMULAS))
def test_changed_plain_formulas(text: str) -> None:
    _is_read_or_refused(text, "plain")


@FUZZ
@given(_changed(LATEX_FORMULAS))
def test_changed_latex_formulas(text: str) -> None:
    _is_read_or_refused(text, "latex")
