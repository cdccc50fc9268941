"""The grammar both syntaxes share: sums, products, powers, functions, brackets; a Pratt parser over tokens.

Tightest first: brackets and functions in brackets; factorial; powers (from the right); functions without brackets
(`sin 2x`); products without a sign (`2x`); * and / and mod from the left; sums; comparisons; and, or. Two conventions
are stated in the help and told as ambiguities: `a/b c` is a/(b c), but a fraction of two numbers is a coefficient
(`2/3 x` is (2/3) x); `sin 2x y` takes letters and numbers up to the next function, bracket, e-power or sign.

The parser only reads tokens; which kinds of token begin a formula is a table (`prefix`) that a syntax fills.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from symgrad.syntax.cursor import Cursor
from symgrad.syntax.nodes import is_condition, is_numeric, negated, one_token, product
from symgrad.syntax.tokens import ReadOptions, Token
from symgrad.syntax.tree import (
    PI,
    Add,
    Call,
    Compare,
    Divide,
    E,
    Index,
    Logic,
    Multiply,
    Negate,
    Node,
    Number,
    Power,
    Symbol,
    Truth,
)

Handler = Callable[["Grammar"], Node]


class Choice(NamedTuple):
    """A place with two common readings: which part of the text, a sentence, the reading taken and the other one."""

    start: int
    stop: int
    says: str
    taken: Node
    other: Node


class Differential(NamedTuple):
    """The open integral's variable as found inside its integrand, once it has been found."""

    level: int
    found: list[str]


FUNCTION_LETTERS = frozenset({"f", "g", "h", "F", "G", "H", "phi", "psi", "Phi", "Psi", "varphi"})

BOLD = frozenset({"mathbf", "boldsymbol", "bm", "mathbfit"})
_T = Symbol("T")
_ONE_FACTOR = frozenset({"number", "name", "constant", "("})
_STARTS = frozenset(
    {"name", "constant", "function", "form", "(", "<|", "root", "⌊", "⌈", "leibniz", "big", "{", "command", "‖<"}
)


class Grammar(Cursor):
    """One reading of one list of tokens."""

    def __init__(
        self, tokens: list[Token], source: str, options: ReadOptions, prefix: dict[str, Handler], latex: bool = False
    ) -> None:
        super().__init__(tokens, source, options)
        self.prefix = prefix
        self.latex = latex
        self.after_power: Callable[[Grammar, Node], Node] = lambda grammar, base: base
        self.choices: list[Choice] = []
        self.conditions = False  # whether brackets may hold comparisons
        self.in_norm = False  # whether the next ‖ closes
        self.bound: list[str] = []  # variables bound by sums around here
        self.by: list[str] = []  # variables of the derivatives around here
        self.integrals: list[Differential] = []
        self.primed: dict[str, int] = {}  # y' without an argument, and its place
        self.dependents: dict[str, tuple[str, ...]] = {}  # dy/dx: y depends on x
        self.elsewhere: dict[str, bool] = {}
        self.open_sums: set[str] = set()  # letters of sums that end where a + or − stands, not at a bracket
        self.remainder_typed: Node | None = None  # the last x mod 3
        self.shapes = dict(options.shapes)
        self.variables = frozenset(options.variables)
        self.functions = frozenset(options.functions)

    def told(self, start: int, says: str, taken: Node, other: Node) -> None:
        """Remember that the text from `start` to here has another common reading."""
        self.choices.append(Choice(start, self.tokens[self.at - 1].stop, says, taken, other))

    # ---- conditions and equations -----------------------------------------------------------------------------

    def statement(self) -> Node:
        """A sum, or comparisons of sums with and, or, not."""
        before, self.conditions = self.conditions, True
        node = self.conjunction()
        parts = [node]
        while self.token.kind == "keyword" and self.token.text == "or":
            self.advance()
            parts.append(self.conjunction())
        self.conditions = before
        return self.logic("or", parts)

    def conjunction(self) -> Node:
        parts = [self.comparison()]
        while (self.token.kind == "keyword" and self.token.text == "and") or self.token.kind == "&":
            self.advance()
            parts.append(self.comparison())
        return self.logic("and", parts)

    def logic(self, operator: str, parts: list[Node]) -> Node:
        if len(parts) == 1:
            return parts[0]
        if not all(is_condition(part) for part in parts):
            self.fail(f"'{operator}' joins conditions, not numbers.", "Write x > 0 and x < 1.")
        return Logic(operator, *parts)

    def comparison(self) -> Node:
        if (self.token.kind == "keyword" and self.token.text == "not") or self.token.kind == "~":
            self.advance()
            self.deeper()
            inner = self.comparison()
            self.depth -= 1
            if not is_condition(inner):
                self.fail("'not' needs a condition.", "Write not x > 0.")
            return Logic("not", inner)
        if self.token.kind == "keyword" and self.token.text in ("True", "False"):
            return Truth(self.advance().text == "True")
        first = self.sum_()
        if self.token.kind != "relation":
            return first
        parts: list[Node] = []
        while self.token.kind == "relation":
            if is_condition(first):
                self.fail("A comparison compares numbers.")
            operator = self.advance().text
            second = self.number_valued(self.sum_())
            parts.append(Compare(operator, first, second))
            first = second
        return parts[0] if len(parts) == 1 else Logic("and", *parts)

    # ---- sums and products ------------------------------------------------------------------------------------

    def signs(self) -> bool:
        """Any number of leading signs; whether they make a minus."""
        negative = False
        while True:
            kind = self.token.kind
            if kind == "-":
                negative = not negative
            elif kind != "+":
                return negative
            self.advance()

    def sum_(self) -> Node:
        """Terms with + and − in the order as typed."""
        start = self.token.start
        negative = self.signs() if self.token.kind in ("+", "-") else False
        term = self.term()
        if negative:
            term = Negate(term)
        kind = self.token.kind
        if kind not in ("+", "-"):
            return term
        terms = [self.number_valued(term)]
        while kind in ("+", "-"):
            negative = self.signs()
            term = self.number_valued(self.term())
            terms.append(Negate(term) if negative else term)
            kind = self.token.kind
            if term is self.remainder_typed:
                left, modulus = term.children
                whole = Call("mod", Add(*terms[:-1], negated(left, negative)), modulus)
                self.told(start, "mod takes the last term", Add(*terms), whole)
        return Add(*terms)

    def number_valued(self, node: Node) -> Node:
        if isinstance(node, (Compare, Logic, Truth)):
            self.fail("A condition is not a number.", "Write step(x) or a piecewise formula.")
        return node

    def term(self) -> Node:
        """Factors with *, / and mod from the left; the two conventions for a/b c are decided here."""
        start = self.token.start
        group = self.group()
        if len(group) == 1 and self.token.kind not in ("*", "/") and self.token.text != "mod":
            return group[0]
        left = [self.number_valued(factor) for factor in group]
        last = group  # the factors since the last sign
        while True:
            kind = self.token.kind
            if kind == "*":
                self.refuse_cross(self.advance())
                last = self.signed_group()
                left.extend(self.number_valued(factor) for factor in last)
            elif kind == "/":
                self.advance()
                signed = self.token.kind in ("+", "-")
                below = [self.number_valued(factor) for factor in self.signed_group()]
                if signed and isinstance(below[0], Negate) and isinstance(below[0].argument, Multiply):
                    self.tell_signed_denominator(product(left), below[0], start)
                left = self.quotient(left, last, below, start)
                last = []
            elif kind == "keyword" and self.token.text == "mod":
                self.advance()
                left = [self.remainder(product(left))]
                last = []
            else:
                return product(left)

    def refuse_cross(self, sign: Token) -> None:
        """A cross between two letters set as vectors is no product of numbers."""
        sides = (self.tokens[self.at - 2], self.token)
        if sign.text == "\\times" and all(t.value in BOLD or (t.value == "accent" and "vec" in t.text) for t in sides):
            self.fail("× between vectors is the cross product, which is not read.", "Write \\cdot for numbers.", sign)

    def remainder(self, left: Node) -> Node:
        """left mod m with a number m; a modulus with letters may be meant as a congruence."""
        start = self.tokens[self.at - 1]
        modulus = product(self.signed_group())
        if not is_numeric(modulus):
            self.fail("mod is read before a number only.", "Write mod(x, y) for the remainder of x by y.", start)
        self.remainder_typed = Call("mod", left, modulus)
        return self.remainder_typed

    def signed_group(self) -> list[Node]:
        if self.token.kind in ("+", "-") and self.signs():
            return [Negate(product(self.group()))]
        return self.group()

    def tell_signed_denominator(self, left: Node, below: Negate, start: int) -> None:
        """1/-2x is 1 over −2x, where 1/2x is one half of x."""
        first, *rest = below.argument.children
        other = Multiply(Divide(left, Negate(first)), *rest)
        self.told(start, "a product without a sign binds tighter than /", Divide(left, below), other)

    def quotient(self, left: list[Node], last: list[Node], below: list[Node], start: int) -> list[Node]:
        """left / below, where `below` may be several factors written without a sign."""
        if len(below) == 1:
            return [Divide(product(left), below[0])]
        under, over = Divide(product(left), product(below)), Divide(product(left), below[0])
        outside = Multiply(over, *below[1:])
        if len(last) == 1 and isinstance(last[0], Number) and isinstance(below[0], Number):
            says = "a fraction of two numbers is a coefficient"
            self.told(start, says, outside, under)
            coefficient = Divide(last[0], below[0])
            left[-1:] = [coefficient, *below[1:]]
            return left
        self.told(start, "a product without a sign binds tighter than /", under, outside)
        return [under]

    def group(self) -> list[Node]:
        """Factors side by side without a sign."""
        factors = [self.factor()]
        while True:
            token = self.token
            kind = token.kind
            if kind in _STARTS or (kind == "‖" and not self.in_norm):
                if self.integrals and self.ends_integrand():
                    return factors
                factors.append(self.factor())
            elif kind == "number":
                if self.tokens[self.at - 1].kind != "!":
                    self.fail("A number cannot follow this.", "Write * for a product, ^ for a power.")
                factors.append(self.factor())
            else:
                return factors

    def ends_integrand(self) -> bool:
        """Whether the differential of the innermost integral stands here, in LaTeX or after ∫."""
        return self.is_differential() and self.integrals[-1].level == self.depth

    def is_differential(self) -> bool:
        token, after = self.token, self.peek()
        return token.kind == "name" and token.text == "d" and after.kind == "name" and "d" not in self.variables

    def factor(self) -> Node:
        """One factor: what a token begins, with !, powers, ° and an index after it."""
        token = self.token
        handler = self.prefix.get(token.kind)
        if handler is None:
            raise self.unexpected()
        node = handler(self)
        kind = self.token.kind
        while kind in _POSTFIX:
            node = _POSTFIX[kind](self, node, token)
            kind = self.token.kind
        return node

    # ---- after a factor ---------------------------------------------------------------------------------------

    def power(self, base: Node, first: Token) -> Node:
        self.number_valued(base)
        caret = self.advance()
        self.deeper()
        if self.token.kind == "transpose" or self.is_transpose(base):
            self.advance()
            self.depth -= 1
            return Call("transpose", base)
        exponent = self.prefix["exponent"](self) if self.latex else self.exponent(base, first, caret)
        if self.latex:
            base = self.after_power(self, base)
        self.depth -= 1
        if exponent == _T and "T" not in self.variables and not is_numeric(base):
            return self.power_or_transpose(base, first)
        if self.token.kind == "(" and isinstance(base, Symbol) and base.name in FUNCTION_LETTERS - self.variables:
            self.fail(
                f"I can't tell what the power of {base.name} means before a bracket.",
                f"Write {base.name}(x)^2, or {base.name}^2*(x) for a product.",
                first,
            )
        return Power(base, exponent)

    def is_transpose(self, base: Node) -> bool:
        token = self.token
        return token.kind == "name" and token.text == "T" and "T" not in self.variables and _is_shaped(base)

    def power_or_transpose(self, base: Node, first: Token) -> Node:
        """x^T: the transpose of what is declared as a matrix or vector or set bold; else a power, and told."""
        power, transposed = Power(base, _T), Call("transpose", base)
        if _is_shaped(base):
            return transposed
        if first.value in BOLD:
            self.told(first.start, "^T on a bold letter is the transpose", transposed, power)
            return transposed
        self.told(first.start, "^T is a power of what is not declared as a matrix or vector", power, transposed)
        return power

    def exponent(self, base: Node, first: Token, caret: Token) -> Node:
        """What ^ raises to in plain text: signs, then one factor (so a^b^c is a^(b^c))."""
        negative = self.signs()
        token = self.token
        node = self.factor()
        signed = negated(node, negative)
        after = self.token
        if isinstance(node, Power):
            plain = token.kind in ("number", "name") and first.kind in ("number", "name")
            if plain and not negative:
                left = Power(Power(base, node.base), node.exponent)
                self.told(first.start, "powers are read from the right", Power(base, node), left)
        elif self.tokens[self.at - 1] is token and after.kind in ("name", "constant") and not after.spaced:
            polynomial = token.kind == "number" and first.kind not in ("constant", "number")  # x^2y, unlike e^2x
            if token.kind in ("number", "name", "constant") and not polynomial:
                self.tell_short(base, node, negative, first, Multiply)
        below = self.peek()
        fraction = after.kind == "/" and not after.spaced and not below.spaced and below.kind in _ONE_FACTOR
        if fraction and (node == Number(1) or (base == E and below.kind == "number")):
            self.tell_short(base, node, negative, first, Divide)
        return signed

    def tell_short(
        self, base: Node, node: Node, negative: bool, first: Token, join: type[Multiply] | type[Divide]
    ) -> None:
        """e^-kt and x^1/n: the exponent is one factor; what stands right behind it may be meant as part of it."""
        rest = one_token(self.token if join is Multiply else self.peek())
        taken = join(Power(base, negated(node, negative)), rest)
        self.told(first.start, "a power takes one factor", taken, Power(base, negated(join(node, rest), negative)))

    def raised(self, base: Node, first: Token) -> Node:
        exponent: Node = self.advance().value
        if self.token.kind == "number":
            self.fail("A number cannot follow a power.", "Write * for a product.")
        return Power(self.number_valued(base), exponent)

    def factorial(self, base: Node, first: Token) -> Node:
        self.advance()
        if self.token.kind == "!":
            self.fail("!! may be a double factorial.", "Write (x!)! for the factorial of a factorial.")
        return Call("factorial", self.number_valued(base))

    def degrees(self, base: Node, first: Token) -> Node:
        sign = self.advance()
        if self.token.kind == "name" and self.token.text in ("C", "F"):
            self.fail(f"°{self.token.text} is a unit, and a formula holds no units.", "Write * for a product.", sign)
        return Multiply(base, Divide(PI, Number(180)))

    def index(self, base: Node, first: Token) -> Node:
        """x[i], X[i, j]: a component of an indexed name."""
        bracket = self.token
        if not isinstance(base, Symbol) or (bracket.spaced and not self.latex):
            self.fail("Only a name has components.", "Write round brackets for a product.")
        self.advance()
        return Index(base, *self.subscripts("]"))

    def subscripts(self, closing: str) -> list[Node]:
        """i, j, … and the bracket that closes them; the opening one has been read."""
        self.deeper()
        found = [self.sum_()]
        while self.token.kind == ",":
            self.advance()
            found.append(self.sum_())
        self.expect(closing, f"The closing {closing}")
        self.depth -= 1
        return found

    def transposed(self, base: Node, first: Token) -> Node:
        self.advance()
        return Call("transpose", base)

    # ---- names and functions ----------------------------------------------------------------------------------

    def symbol(self, name: str) -> Symbol:
        return Symbol(name, self.shapes.get(name)) if self.shapes else _symbol(name)

    def arguments(self) -> list[Node]:
        """( formula, … ) with the separator of the options."""
        opening = self.advance()
        self.deeper()
        before, self.conditions = self.conditions, False
        arguments: list[Node] = []
        if self.token.kind != ")":
            arguments.append(self.sum_())
            while self.token.kind == "," or (self.token.kind == ";" and self.options.decimal_comma):
                self.advance()
                arguments.append(self.sum_())
        self.close(opening)
        self.conditions = before
        return arguments

    # ---- brackets ---------------------------------------------------------------------------------------------

    def bracket(self) -> Node:
        """( formula ), or a condition where conditions are welcome."""
        opening = self.advance()
        self.deeper()
        node = self.statement() if self.conditions else self.sum_()
        self.close(opening)
        return node

    def close(self, opening: Token) -> None:
        """The ) that belongs to a bracket."""
        if self.token.kind != ")":
            if self.token.kind == "end":
                self.fail("This bracket is not closed.", "Add the closing ).", opening)
            raise self.unexpected()
        self.advance()
        self.depth -= 1

    def closed(self, closing: str, name: str) -> Node:
        """The formula between two fence tokens."""
        opening = self.advance()
        self.deeper()
        before, self.conditions = self.conditions, False
        outside, self.in_norm = self.in_norm, closing == "‖"
        node = self.sum_()
        self.in_norm = outside
        if self.token.kind != closing:
            if self.token.kind == "end":
                self.fail(f"This {name} is not closed.", None, opening)
            raise self.unexpected()
        self.advance()
        self.conditions = before
        self.depth -= 1
        return node


def _is_shaped(base: Node) -> bool:
    return any(isinstance(node, Symbol) and node.shape is not None for node in (base, *base.children))


@lru_cache(maxsize=1024)
def _symbol(name: str) -> Symbol:
    return Symbol(name)


_POSTFIX: dict[str, Callable[[Grammar, Node, Token], Node]] = {
    "^": Grammar.power,
    "raised": Grammar.raised,
    "!": Grammar.factorial,
    "°": Grammar.degrees,
    "[": Grammar.index,
    "transpose": Grammar.transposed,
}
