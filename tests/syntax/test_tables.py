"""The tables of the lexers, entry by entry, written out once more: what each spelling is read as."""

from pathlib import Path

import pytest

from symgrad.errors import ReadError, SymgradError
from symgrad.syntax import read
from symgrad.syntax.tree import Multiply
from symgrad.syntax.words import is_short_product, nearest, split_around_functions

WELCOME = {"accept": ("condition", "equation")}


@pytest.mark.parametrize(
    "space",
    [
        r"\,",
        r"\;",
        r"\:",
        r"\!",
        r"\>",
        r"\ ",
        "~",
        "\xa0",
        "\n",
        r"\thinspace",
        r"\medspace",
        r"\thickspace",
        r"\negthinspace",
        r"\negmedspace",
        r"\negthickspace",
        r"\quad",
        r"\qquad",
        r"\enspace",
        r"\displaystyle",
        r"\textstyle",
    ],
)
def test_latex_spaces(space: str) -> None:
    assert read(rf"a {space} b", syntax="latex").bracketed == "a*b"


@pytest.mark.parametrize(
    ("command", "operator"),
    [(r"\cdot", "*"), (r"\times", "*"), (r"\ast", "*"), (r"\div", "/"), ("·", "*"), ("⋅", "*"), ("×", "*"), ("÷", "/")]
    + [("−", " - "), ("–", " - ")]
    + [(c, " < ") for c in ("<", r"\lt")]
    + [(c, " > ") for c in (">", r"\gt")]
    + [(c, " <= ") for c in (r"\le", r"\leq", r"\leqslant", "≤")]
    + [(c, " >= ") for c in (r"\ge", r"\geq", r"\geqslant", "≥")]
    + [(c, " != ") for c in (r"\ne", r"\neq", "≠")]
    + [("=", " = ")],
)
def test_latex_operators(command: str, operator: str) -> None:
    assert read(f"a {command} b", syntax="latex", options=WELCOME).bracketed == f"a{operator}b"


@pytest.mark.parametrize(
    ("opening", "closing", "name"),
    [
        ("(", ")", ""),
        ("[", "]", ""),
        (r"\{", r"\}", ""),
        (r"\lbrace", r"\rbrace", ""),
        (r"\lbrack", r"\rbrack", ""),
        ("|", "|", "abs"),
        (r"\lvert", r"\rvert", "abs"),
        (r"\vert", r"\vert", "abs"),
        (r"\|", r"\|", "norm"),
        (r"\lVert", r"\rVert", "norm"),
        (r"\Vert", r"\Vert", "norm"),
        (r"\lfloor", r"\rfloor", "floor"),
        (r"\lceil", r"\rceil", "ceil"),
    ],
)
def test_latex_fences_of_every_size(opening: str, closing: str, name: str) -> None:
    meaning = f"2*{name}(x + 1)"
    assert read(rf"2 {opening} x+1 {closing}", syntax="latex").bracketed == meaning
    assert read(rf"2 \left{opening} x+1 \right{closing}", syntax="latex").bracketed == meaning
    for size in ("big", "Big", "bigg", "Bigg"):
        if opening in "([|":
            assert read(rf"2 \{size}l{opening} x+1 \{size}r{closing}", syntax="latex").bracketed == meaning
            assert read(rf"2 \{size}{opening} x+1 \{size}{closing}", syntax="latex").bracketed == meaning


@pytest.mark.parametrize("arrow", [r"\to", r"\rightarrow", r"\Rightarrow", r"\longrightarrow", r"\Longrightarrow"])
def test_latex_arrows(arrow: str) -> None:
    assert read(rf"\lim_{{x {arrow} 0}} x", syntax="latex").bracketed == "limit(x, x, 0)"


@pytest.mark.parametrize("fraction", ["frac", "dfrac", "tfrac", "cfrac"])
def test_latex_fractions(fraction: str) -> None:
    assert read(rf"\{fraction}{{a}}{{b}}", syntax="latex").bracketed == "a/b"


@pytest.mark.parametrize("command", ["binom", "dbinom", "tbinom"])
def test_latex_binomials(command: str) -> None:
    assert read(rf"\{command}{{a}}{{b}}", syntax="latex").bracketed == "binomial(a, b)"


@pytest.mark.parametrize(
    "name",
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "coth",
        "exp",
        "ln",
    ],
)
def test_latex_functions(name: str) -> None:
    for text in (
        rf"\{name} x",
        rf"\{name}(x)",
        rf"\{name}\left(x\right)",
        rf"\{name}{{x}}",
        rf"\operatorname{{{name}}} x",
    ):
        assert read(text, syntax="latex").bracketed == f"{name}(x)"


@pytest.mark.parametrize(
    "style", ["mathrm", "mathit", "mathbf", "mathsf", "boldsymbol", "bm", "mathcal", "text", "textrm"]
)
def test_latex_styles_of_a_letter(style: str) -> None:
    assert read(rf"2\{style}{{w}}", syntax="latex").bracketed == "2*w"
    assert read(rf"2\{style} w", syntax="latex").bracketed == "2*w"


@pytest.mark.parametrize(
    ("command", "accent"),
    [
        ("hat", "hat"),
        ("widehat", "hat"),
        ("bar", "bar"),
        ("tilde", "tilde"),
        ("widetilde", "tilde"),
        ("vec", "vec"),
        ("dot", "dot"),
        ("ddot", "ddot"),
    ],
)
def test_latex_accents(command: str, accent: str) -> None:
    for text in (rf"\{command}{{x}}", rf"\{command} x", rf"\{command}{{ x }}"):
        assert read(text, syntax="latex").bracketed == f"x{accent}"
    assert read(rf"\{command}\theta", syntax="latex").bracketed == f"theta{accent}"


@pytest.mark.parametrize(("before", "after"), [("if", "if"), ("for", "if"), ("when", "if")])
def test_words_of_cases(before: str, after: str) -> None:
    text = rf"\begin{{cases}} 1 & \text{{{before} }} x>0 \text{{ and }} x<2 \\ 0 & \text{{otherwise}} \end{{cases}}"
    meaning = "{1 if (x > 0) and (x < 2); 0 otherwise}"
    assert read(text, syntax="latex").bracketed == meaning
    assert read(f"{{1 {before} x>0 and x<2; 0 otherwise}}").bracketed == meaning
    assert read(f"{{1 {after} x>0 and x<2, 0 else}}").bracketed == meaning


# ---- plain text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", "re im sgn Ci Si Ei Chi Shi li arg beta gamma zeta step round total".split())  # noqa: SIM905
def test_some_functions_are_variables_without_a_bracket(name: str) -> None:
    assert name in read(f"2*{name} + 1").bracketed or name in ("beta", "gamma", "zeta")
    arguments = "(x, y)" if name == "beta" else "(x)"
    assert read(f"{name}{arguments}").tree != read(f"2*{name}").tree


@pytest.mark.parametrize(
    "word",
    [
        "None",
        "nan",
        "NaN",
        "undefined",
        "null",
        "zoo",
        "true",
        "false",
        "oo",
        "inf",
        "infinity",
        "Infinity",
        "True",
        "False",
        "if",
        "when",
        "for",
        "otherwise",
        "else",
        "and",
        "or",
        "not",
        "where",
        "mod",
        "from",
        "above",
        "below",
    ],
)
def test_some_words_are_never_variables(word: str) -> None:
    with pytest.raises(ReadError):
        read(f"2*{word}")


@pytest.mark.parametrize("word", ["oo", "inf", "infinity", "Infinity", "∞"])
def test_infinity_is_a_bound(word: str) -> None:
    assert read(f"sum(1/k^2, k=1..{word})").bracketed == "sum(1/(k^2), k=1..∞)"
    assert read(f"limit(e^x, x, -{word})").bracketed == "limit(e^x, x, -∞)"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("diff", "diff(x^2, x)"),
        ("Derivative", "diff(x^2, x)"),
        ("integral", "integral(x^2, x)"),
        ("integrate", "integral(x^2, x)"),
        ("Integral", "integral(x^2, x)"),
    ],
)
def test_forms_of_one_variable(text: str, form: str) -> None:
    assert read(f"{text}(x^2, x)").bracketed == form


@pytest.mark.parametrize("text", ["sum", "Sum", "prod", "product", "Product"])
def test_sums_and_products(text: str) -> None:
    kind = "sum" if text.lower() == "sum" else "product"
    assert read(f"{text}(k, (k, 1, n))").bracketed == f"{kind}(k, k=1..n)"


@pytest.mark.parametrize(("text", "meaning"), [("limit", "limit(x, x, 0)"), ("Limit", "limit(x, x, 0)")])
def test_limits(text: str, meaning: str) -> None:
    assert read(f"{text}(x, x, 0)").bracketed == meaning


@pytest.mark.parametrize("text", ["piecewise", "Piecewise"])
def test_piecewise(text: str) -> None:
    assert read(f"{text}((1, x > 0), (0, True))").bracketed == "{1 if x > 0; 0 otherwise}"
    with pytest.raises(ReadError):
        read(f"{text}((1, x > 0), 0)")


@pytest.mark.parametrize("letter", list("defgio"))
def test_two_letters_with_one_that_means_more_are_no_product(letter: str) -> None:
    assert not is_short_product(letter + "x")


@pytest.mark.parametrize("letter", list("abchjklmnpqrstuvwyz"))
def test_two_letters_with_a_coordinate_are_a_product(letter: str) -> None:
    assert is_short_product(letter + "x")
    assert is_short_product("ab")
    assert not is_short_product("hk")


@pytest.mark.parametrize("letter", list("xyztuvwrabckmnpq"))
def test_letters_that_may_follow_a_function(letter: str) -> None:
    assert split_around_functions("sin" + letter, False) == (("function", "sin"), ("name", letter))
    assert split_around_functions("sin" + letter, True, True) is None


@pytest.mark.parametrize("letter", list("deghilosf"))
def test_letters_that_may_not(letter: str) -> None:
    assert split_around_functions("tan" + letter, False) is None


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("sni", "sin"),
        ("coss", "cos"),
        ("arctn", "arctan"),
        ("sqr", "sqrt"),
        ("tetha", "theta"),
        ("gama", "gamma"),
        ("lnn", "ln"),
    ],
)
def test_the_nearest_name_comes_first(word: str, near: str) -> None:
    assert nearest(word)[0] == near


@pytest.mark.parametrize("letter", [*"fghFG", "phi", "psi", "Phi", "Psi", "varphi"])
def test_function_letters(letter: str) -> None:
    assert read(f"{letter}(x + 1)").choices
    with pytest.raises(ReadError):
        read(f"{letter}(b)")
    with pytest.raises(ReadError):
        read(f"{letter}^2(x)")


@pytest.mark.parametrize("letter", [*"uvwxyzrs", "theta", "eta", "xi", "rho", "omega"])
@pytest.mark.parametrize("variable", [*"xyztuvwsr", "theta", "xi", "eta", "tau"])
def test_dependent_letters_of_one_variable(letter: str, variable: str) -> None:
    if letter != variable:
        assert [place.other for place in read(f"{letter}({variable})").ambiguities]
    shifted = read(f"{letter}({variable} + b)")
    assert isinstance(shifted.tree, Multiply)
    assert bool(shifted.choices) == (variable in ("x", "t") and letter != variable)


@pytest.mark.parametrize("letter", [*"abckmnpqABM", "alpha", "mu"])
def test_other_letters_are_no_functions(letter: str) -> None:
    assert not read(f"{letter}(x + 1)").choices
    with pytest.raises(ReadError):
        read(f"{letter}(x)")


# ---- the files of claims -----------------------------------------------------------------------------------------


def _claims(syntax: str) -> list[list[str]]:
    text = (Path(__file__).parent / "claims" / f"{syntax}.txt").read_text(encoding="utf-8")
    return [block.splitlines() for block in text.split("\n\n")[1:]]


def _told(text: str, syntax: str) -> list[str]:
    """What a claim says of a text: its reading and the readings told, or its fault, the message and the hint."""
    try:
        reading = read(text, syntax=syntax)
    except SymgradError as error:
        start, stop = error.span or (0, 0)
        told = ["  " + " " * start + ("^" * (stop - start) or "|"), f"! {error.what}"]
        return [*told, f"> {error.hint}"] if error.hint else told
    return [f"= {reading.bracketed}"] + [
        f"? {text[slice(*place.span)]} — {place.says}: {place.taken} or {place.other}" for place in reading.ambiguities
    ]


@pytest.mark.parametrize("claim", _claims("plain"), ids=lambda claim: claim[0])
def test_claims_about_plain_text(claim: list[str]) -> None:
    assert _told(claim[0][2:], "plain") == claim[1:]


@pytest.mark.parametrize("claim", _claims("latex"), ids=lambda claim: claim[0])
def test_claims_about_latex(claim: list[str]) -> None:
    assert _told(claim[0][2:], "latex") == claim[1:]


# ---- declared names ----------------------------------------------------------------------------------------------

DECLARED = [
    ("y' + 1", {"variables": ("y'",)}, "y' + 1"),
    ("sigma(x) + σ(x)", {"variables": ("sigma",)}, "(σ*x) + (σ*x)"),
    ("d/x + dx", {"variables": ("d", "dx")}, "(d/x) + dx"),
    ("∫ x dx + d", {"variables": ("d", "x", "dx")}, "refused"),
    ("e x", {"variables": ("e",)}, "e*x"),
    ("pi(x)", {"functions": ("pi",)}, "π(x)"),
    ("a(b) + a(x, y)", {"functions": ("a",)}, "a(b) + a(x, y)"),
    ("rate(x)", {"functions": ("rate",)}, "rate(x)"),
    ("rate(x)", {"variables": ("rate",)}, "rate*x"),
    ("x^T y", {"shapes": {"x": ("n",), "y": ("n",)}}, "transpose(x)*y"),
    ("x^T y", {"shapes": {"x": ("n",)}, "variables": ("T",)}, "(x^T)*y"),
    ("log x", {"log": "2"}, "log(x, 2)"),
    ("3,5x + 1,5e2", {"decimal_comma": True}, "(3.5*x) + 1.5e2"),
    ("max(3,5; 2; x)", {"decimal_comma": True}, "max(3.5, 2, x)"),
    ("max(3; 2)", {}, "refused"),
    ("x where y", {"variables": ("where",)}, "refused"),
    ("I x", {"constants": {"I": "i"}}, "i*x"),
    ("j^2 x", {"constants": {"j": "i"}}, "(i^2)*x"),
    ("xE^x", {"constants": {"E": "e"}}, "refused"),
]
DECLARED_LATEX = [
    (r"\Gamma(x)", {"variables": ("Gamma",)}, "Γ*x"),
    (r"\sigma(x)", {"variables": ("sigma",)}, "σ*x"),
    (r"\frac{d}{dx} x", {"variables": ("d",)}, "(d/(d*x))*x"),
    ("dx", {"variables": ("d",)}, "d*x"),
    ("rate x", {"variables": ("rate",)}, "rate*x"),
    (r"\mathrm{rate}(x)", {"functions": ("rate",)}, "rate(x)"),
    (r"\mathrm{rate}(x)", {"variables": ("rate",)}, "rate*x"),
    ("x_1' + x_{1}", {"variables": ("x1",)}, "x₁' + x1"),
    (r"\frac{d}{dx_1} x_1", {"variables": ("x1",)}, "diff(x1, x1)"),
    ("x_{i,j}", {"variables": ("x_i_j",)}, "x_i_j"),
    ("e_1 + e", {"variables": ("e",)}, "e₁ + e"),
    ("3,5x", {"decimal_comma": True}, "3.5*x"),
    ("f(x)", {"variables": ("f",)}, "f*x"),
    ("a(x)", {"functions": ("a",)}, "a(x)"),
    (r"\log x", {"log": "10"}, "log(x, 10)"),
    (r"\log_2 x", {"log": "10"}, "log(x, 2)"),
    (r"\mathrm{j} x", {"constants": {"j": "i"}}, "i*x"),
]


@pytest.mark.parametrize(
    ("text", "options", "meaning", "syntax"),
    [(*row, "plain") for row in DECLARED] + [(*row, "latex") for row in DECLARED_LATEX],
)
def test_what_is_declared_is_read_as_declared(text: str, options: dict[str, object], meaning: str, syntax: str) -> None:
    if meaning == "refused":
        with pytest.raises(ReadError):
            read(text, syntax=syntax, options=options)
    else:
        assert read(text, syntax=syntax, options=options).bracketed == meaning


@pytest.mark.parametrize("letter", list("dei"))
def test_a_letter_with_a_meaning_makes_no_product_of_numbered_letters(letter: str) -> None:
    assert read("x1y2").bracketed == "x1*y2"
    for text in (f"x1{letter}2", f"{letter}1x2"):
        with pytest.raises(ReadError):
            read(text)
