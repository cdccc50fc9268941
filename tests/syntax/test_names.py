"""Names: one normal form, and looks that hold nothing but letters, digits and the marks of the table."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgrad.syntax import read
from symgrad.syntax.functions import FUNCTIONS, SPELLINGS
from symgrad.syntax.names import (
    BY_CHARACTER,
    LETTERS,
    html_name,
    is_name,
    latex_name,
    normal_form,
    parts,
    unicode_name,
)
from symgrad.syntax.tree import Symbol

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,4}(_[A-Za-z0-9]{1,3}){0,2}'{0,2}", fullmatch=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1x",
        "_x",
        "x=1",
        "x ",
        " x",
        "x;y",
        "x()",
        "x\\",
        'x"',
        "x}",
        "x\x00",
        "é",
        "о",
        "😀",
        "\u202ex",
        "x__y",
        "a" * 101,
    ],
)
def test_what_is_no_name_is_none(text: str) -> None:
    assert not is_name(text)
    if not text.startswith("é"):
        assert normal_form(text) is None


@given(NAMES)
def test_every_look_of_a_name_is_harmless(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_{},'\\]*", latex_name(name))
    assert set(re.findall(r"\\([A-Za-z]+|.)", latex_name(name))) <= {
        *LETTERS,
        "mathrm",
        "hat",
        "bar",
        "tilde",
        "vec",
        "dot",
        "ddot",
        "_",
    }
    assert re.sub(r"</?(i|sub)>", "", html_name(name)).isprintable()
    assert "<" not in re.sub(r"</?(i|sub)>", "", html_name(name))
    assert normal_form(unicode_name(name)) == name


@given(NAMES)
def test_the_one_line_look_is_read_back_as_declared(name: str) -> None:
    bare = name.rstrip("'")
    assert read(unicode_name(bare), options={"variables": (bare,)}).tree == Symbol(bare)


@given(NAMES)
def test_latex_is_read_back_as_declared(name: str) -> None:
    assert read(latex_name(name), syntax="latex", options={"variables": (name,)}).tree == Symbol(name)


def test_greek_characters_and_words_are_the_same_names() -> None:
    for word, character in LETTERS.items():
        assert normal_form(character) == normal_form("\\" + word) == word
    assert normal_form("µ") == "mu"
    assert len(BY_CHARACTER) == len(LETTERS) + 1


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("x1", "x_{1}"),
        ("x_1", "x_{1}"),
        ("w_ij", "w_{ij}"),
        ("theta_max", r"\theta_{\mathrm{max}}"),
        ("yhat", r"\hat{y}"),
        ("radius", r"\mathrm{radius}"),
        ("h_theta", r"h_{\theta}"),
        ("a'_b''", "a'_{b}''"),
        ("a_{b'}", "a_{b'}"),
        ("beta_", r"\mathrm{beta\_}"),
    ],
)
def test_names_look_as_in_a_lecture(name: str, latex: str) -> None:
    assert latex_name(name) == latex


def test_parts_refuses_what_is_no_name() -> None:
    with pytest.raises(ValueError, match="not a name"):
        parts("x=1")
    with pytest.raises(ValueError, match="not a name"):
        unicode_name("x=1")


# ---- the table of functions --------------------------------------------------------------------------------------


def test_no_spelling_means_two_functions() -> None:
    assert sum(len(row.aliases) + 1 for row in FUNCTIONS.values()) == len(SPELLINGS)
    assert all(name == row.name for name, row in FUNCTIONS.items())


def test_every_constructor_is_an_attribute_of_sympy() -> None:
    import sympy

    assert [row.name for row in FUNCTIONS.values() if row.sympy and not hasattr(sympy, row.sympy)] == []


def test_inverses_are_in_the_table() -> None:
    assert all(row.inverse is None or row.inverse in FUNCTIONS for row in FUNCTIONS.values())


@pytest.mark.parametrize("spelling", sorted(SPELLINGS))
def test_every_spelling_is_read(spelling: str) -> None:
    row = FUNCTIONS[SPELLINGS[spelling]]
    if row.name in ("hyper", "log"):
        return
    arguments = ", ".join(["x", "y", "z", "t"][: row.arity[0]])
    assert read(f"{spelling}({arguments})").bracketed == f"{row.name}({arguments})"
