"""What is no formula is refused, with the caret under the fault and a line that says what to do."""

import pytest

from symgrad.errors import ReadError, SymgradError, UsageError
from symgrad.syntax import read

# text, what the caret stands under, a word of the message or hint
PLAIN = [
    ("", " ", "no formula"),
    ("  \t ", " ", "no formula"),
    ("sni(3x)", "sni", "Did you mean sin?"),
    ("x^2 sni(3x)", "sni", "Did you mean sin?"),
    ("foo(x)", "foo", "function 'foo'"),
    ("arctn x", "arctn", "arctan"),
    ("radius", "radius", "variables=('radius',)"),
    ("2*tehta", "tehta", "theta"),
    ("radius cos(x)", "radius", "name 'radius'"),
    ("kx*2", "kx", "k*x"),
    ("x+", "", "too early"),
    ("(x+1", "(", "not closed"),
    ("x)", ")", "closes no bracket"),
    ("sin", "sin", "needs its argument"),
    ("sin+1", "+", "needs its argument"),
    ("sin(x, y)", "sin", "1 argument, not 2"),
    ("max()", "max", "at least 1"),
    ("sin(x y)", "x y", "comma"),
    ("1,5*x", ",", "','"),
    ("1.2.3", "1.2.", "number"),
    ("1..2", "..", "'..'"),
    ("x.1", ".1", "dot"),
    ("x.y", ".", "full stop"),
    ("2 3", "3", "number cannot follow"),
    ("x 2", "2", "number cannot follow"),
    ("0x1F", "0x1F", "0*x1F"),
    ("1x1", "1x1", "1*x1"),
    ("1L", "1L", "1*L"),
    ("100%", "%", "percent"),
    ("x//2", "/", "cannot stand"),
    ("x = 2", "x = 2", "an equation"),
    ("x > 2", "x > 2", "a condition"),
    ("x => 2", "=>", "not a relation"),
    ("(x > 0) + 1", "+", "not a number"),
    ("{x if (x > 0)(y > 0)}", "}", "not a number"),
    ("x'", "x'", "variable of x'"),
    ("5!!", "!", "double factorial"),
    ("|x", "|", "no partner"),
    ("|a|b|c|", "|a|b|c|", "two ways"),
    ("||x||", "||x||", "norm"),
    ("|x||y|", "||", "two ways"),
    ("f(a)", "f", "product or a function"),
    ("a(x)", "a", "product or a function"),
    ("f(x) + f", "f", "variable and as a function"),
    ("y(x)^2 + y", "y", "variable and as a function"),
    ("sin 2(x+1)", "(", "belongs to the function"),
    ("sin x x^2", "x", "still belongs"),
    ("ln^-1 x", "ln", "two meanings"),
    ("√x^2", "^", "inside the root"),
    ("oo + 1", "oo", "Infinity"),
    ("None", "None", "not a number"),
    ("__import__('os')", "_", "begins with a letter"),
    ("'abc'", "'", "cannot stand"),
    ("x[0:1]", ":", "]"),
    ("(x+1)[0]", "[", "Only a name"),
    ("[1, 2]", "[", "row by row"),
    ("d/dx", "d/dx", "formula after it"),
    ("d^2/dx x", "d^2/dx", "do not agree"),
    ("diff(x y)", "diff", "variable of this derivative"),
    ("sum(k^2)", "sum", "variable and bounds"),
    ("sum(k^2, k, 1)", "sum", "two bounds"),
    ("∑ x", "∑", "both bounds"),
    ("∫ x^2", "∫", "no dx"),
    ("{x if x>0; 0}", "}", "no condition"),
    ("5 mod x", "mod", "mod(x, y)"),
    ("x\u200b+1", "\u200b", "zero width space"),
    ("о+1", "о", "cyrillic"),
    ("x—1", "—", "Write - for minus"),
    ("\\frac{1}{x}", "\\", "syntax='latex'"),
    ("x\n\n+1", "\n\n", "empty line"),
    ("f^2(x)", "f", "power of f"),
    ("y(0)", "y", "product or a function"),
    ("delta(x - 1)", "delta", "product or a function"),
    ("e2x", "e2x", "name 'e2x'"),
    ("log3(x)", "(", "belongs to the function"),
    ("Lambda(x, x)", "Lambda", "function 'Lambda'"),
    ("1/0", "1/0", "divides by zero"),
    ("x + sqrt(-1)", "x + sqrt(-1)", "no real value"),
    ("(-8)^(1/3)", "(-8)^(1/3)", "root(-8, 3)"),
    ("tan(pi/2)", "tan(pi/2)", "pole"),
    ("ln(0)", "ln(0)", "positive"),
    ("arcsin(2)", "arcsin(2)", "from -1 to 1"),
    ("gamma(0)", "gamma(0)", "pole"),
    ("X w where X: table(3)", "X: table(3)", "declaration"),
]

LATEX = [
    (r"\frac{1}", r"\frac{1}"[-1:], "argument"),
    (r"\frac{}{}", "{", "empty"),
    (r"\sqrt{}", "{", "empty"),
    (r"x^23", "23", "first digit"),
    (r"x_12", "12", "first digit"),
    (r"e^-x", "-", "raises only the sign"),
    (r"x^2^3", "^", "Two exponents"),
    (r"x_1_2", "_", "Two subscripts"),
    (r"x^{2", "{", "not closed"),
    (r"\left(x\right]", r"\right]", "does not close"),
    (r"(x]", "]", "does not close"),
    (r"\foo x", r"\foo", r"command \foo"),
    (r"\sinn x", r"\sinn", r"\sin"),
    (r"\input{/etc/passwd}", r"\input", "command"),
    (r"\def\a{\a}\a", r"\def", "command"),
    (r"\mathrm{d}x", r"\mathrm{d}", "differential"),
    (r"dx", "d", "differential"),
    (r"\operatorname{sni}(x)", r"\operatorname{sni}", "Did you mean sin?"),
    (r"sni(x)", "sni", "sin"),
    (r"alpha", "alpha", r"\alpha"),
    (r"1\,000", r"1\,0", "number ends"),
    (r"\left. x\right|_0", r"\left.", "bracket"),
    (r"\begin{align}x\end{align}", r"\begin{align}", "environment"),
    (r"\begin{cases} x & x>0", r"\begin{cases}", "not ended"),
    (r"\sum_{i} x", r"\sum", "variable below"),
    (r"\int x^2", r"\int", "no dx"),
    (r"x \pm 1", r"\pm", "command"),
    (r"\nabla f", r"\nabla", "command"),
    (r"x \& y", "\\", "cannot hold"),
    (r"50\%", "\\", "cannot hold"),
    (r"x % comment", "%", "cannot hold"),
    (r"\mathbf{x} + x", r"\mathbf{x}", "two styles"),
    (r"\hat{xy}", r"\hat{xy}", "one letter"),
    (r"2\frac{1}{2}", r"\frac", "mixed number"),
    (r"\mathrm{i} x", r"\mathrm{i}", "name"),
    (r"\mathrm{None}", r"\mathrm{None}", "name"),
    (r"x^2'", "'", "exponents"),
    (r"3,5x", ",", "','"),
    (r"\sin{x}^2", "^", "power"),
    (r"\|x\|_1", "_", "Euclidean"),
    (r"$x$ y $z$", "$", "cannot hold"),
    (r"\frac{1}{0}", r"\frac{1}{0}", "divides by zero"),
    (r"\bar x \bmod y", r"\bmod", "mod(x, y)"),
]


def _refused(text: str, syntax: str) -> SymgradError:
    with pytest.raises(ReadError) as caught:
        read(text, syntax=syntax)
    return caught.value


@pytest.mark.parametrize(("text", "marked", "word"), PLAIN, ids=[repr(text) for text, _, _ in PLAIN])
def test_plain_text_is_refused_at_its_fault(text: str, marked: str, word: str) -> None:
    error = _refused(text, "plain")
    assert error.span is not None
    assert error.source is not None
    assert error.source[slice(*error.span)] == marked
    assert word in f"{error.what} {error.hint}"


@pytest.mark.parametrize(("text", "marked", "word"), LATEX, ids=[repr(text) for text, _, _ in LATEX])
def test_latex_is_refused_at_its_fault(text: str, marked: str, word: str) -> None:
    error = _refused(text, "latex")
    assert error.span is not None
    assert text[slice(*error.span)] == marked
    assert word in f"{error.what} {error.hint}"


def test_the_caret_counts_wide_characters() -> None:
    lines = str(_refused("θ² + 中", "plain")).splitlines()
    assert lines[1:3] == ["  θ² + 中", "       ^^"]


@pytest.mark.parametrize("value", [None, 3, 1 + 2j, ["x"], b"x", object()])
def test_only_text_is_read(value: object) -> None:
    with pytest.raises(UsageError):
        read(value)  # type: ignore[arg-type]


def test_an_unknown_syntax_or_option_is_named() -> None:
    with pytest.raises(UsageError, match="syntax 'asciimath'"):
        read("x", syntax="asciimath")
    with pytest.raises(UsageError, match="reading option 'colour'"):
        read("x", options={"colour": 1})
