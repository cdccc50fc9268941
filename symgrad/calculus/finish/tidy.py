"""Tidying: numbers computed, 0 and 1 dropped, like powers and like terms merged, one fraction bar, order as typed.

Everything here is what a lecturer does without a word. Formulas that stand in the question (inside a function, an
exponent, a root, a bracket) are left as typed. What asks for a choice or a sentence (factoring, a common denominator,
identities) belongs to the moves.
"""

from collections.abc import Iterable
from fractions import Fraction

from symgrad.calculus.algebra import numeric
from symgrad.calculus.finish.journal import Journal
from symgrad.calculus.finish.keys import Key, Keys
from symgrad.calculus.finish.known import Known
from symgrad.calculus.finish.layout import Term, by_falling_powers, write_power, write_product
from symgrad.calculus.finish.numbers import common_content, power_of, write_number
from symgrad.syntax.tree import ZERO, Add, Call, Divide, E, Multiply, Negate, Node, Number, Piecewise, Power
from symgrad.syntax.walks import free_symbols


class UndefinedError(Exception):
    """A formula divides by zero: it is left as it stands."""


class Tidier:
    """One answer's desk: what is kept as typed, how numbers and e^u are spelled, and what has been tidied already.

    The journal tells what the last tidying did. `functions` are the names that occur in the formula at hand, so that a
    move can tell at a glance that it has nothing to do. Without `like_powers` or `like_terms` those are left side by
    side, for a telling in smaller steps.
    """

    def __init__(self, known: Known, *, like_powers: bool = True, like_terms: bool = True) -> None:
        self.known = known
        self.like_powers = like_powers
        self.like_terms = like_terms
        self.keys = Keys()
        self.journal = Journal(known)
        self.functions: frozenset[str] = frozenset()
        self._spelled: dict[tuple[Key, Fraction], Node] = {}

    # ---- formulas ------------------------------------------------------------------------------------------------

    def tidy(self, node: Node) -> Node:
        """The formula tidied; equal in value wherever both sides are defined and the conditions hold."""
        return self.journal.remember("tidy", node, self._tidy)

    def inner(self, node: Node) -> Node:
        """A formula inside a function or a bracket: as typed if it stands in the question, else tidied."""
        return node if node in self.known.typed else self.tidy(node)

    def _tidy(self, node: Node) -> Node:
        if not node.children:
            return write_number(node.value, self.known.decimals) if isinstance(node, Number) and not node.text else node
        if isinstance(node, (Add, Multiply, Divide, Negate, Power)) or _is_call(node, "sqrt", "exp"):
            try:
                result = self.write(self.terms(node))
            except UndefinedError:
                return node
            return node if result == node and not self.known.decimals else result
        if isinstance(node, Piecewise):
            parts = tuple(self.tidy(part) if k % 2 == 0 else part for k, part in enumerate(node.children))
        else:
            parts = tuple(self.inner(child) for child in node.children)
        return node if parts == node.children else node.with_children(parts)

    # ---- sums ----------------------------------------------------------------------------------------------------

    def terms(self, node: Node) -> list[Term]:
        """The formula as a sum of terms, like ones merged, in the order of their first appearance."""
        return self.journal.remember("terms", node, self._terms)

    def _terms(self, node: Node) -> list[Term]:
        raw = self._raw_terms(node)
        terms = self.merged(raw)
        return terms if len(terms) == len(raw) else by_falling_powers(terms)

    def _raw_terms(self, node: Node) -> list[Term]:
        if isinstance(node, Add):
            return [term for child in node.children for term in self._raw_terms(child)]
        if isinstance(node, Negate):
            return [term.scaled(Fraction(-1)) for term in self._raw_terms(node.argument)]
        return self.opened(self.product(node))

    def opened(self, term: Term) -> list[Term]:
        """The terms of ±(a + b + …); any other term alone."""
        if abs(term.coefficient) == 1 and len(term.powers) == 1:
            ((base, exponent),) = term.powers.values()
            if isinstance(base, Add) and exponent == 1:
                return [inner.scaled(term.coefficient) for inner in self._raw_terms(base)]
        return [term]

    def merged(self, terms: Iterable[Term]) -> list[Term]:
        """Like terms added up."""
        found: dict[Key, Term] = {}
        for term in terms:
            key = self.term_key(term) if self.like_terms or not term.powers else len(found)
            if key in found:
                if term.powers:
                    self.journal.events.append("like terms")
                found[key] = Term(found[key].coefficient + term.coefficient, found[key].powers)
            else:
                found[key] = term
        for term in found.values():
            if not term.coefficient:
                self.journal.vanished(term)
        return [term for term in found.values() if term.coefficient]

    def term_key(self, term: Term) -> Key:
        """The key of a term without its coefficient."""
        return frozenset(
            (key, exponent if isinstance(exponent, Fraction) else self.keys.of(exponent))
            for key, (_, exponent) in term.powers.items()
        )

    # ---- products ------------------------------------------------------------------------------------------------

    def product(self, node: Node) -> Term:
        """The formula as one product."""
        return self.journal.remember("product", node, self._product)

    def _product(self, node: Node) -> Term:
        value = numeric(node)
        if value is not None:
            return Term(value)
        if isinstance(node, Negate):
            return self.product(node.argument).scaled(Fraction(-1))
        if isinstance(node, Multiply):
            return self.times([self.product(factor) for factor in node.children])
        if isinstance(node, Divide):
            return self.times([self.product(node.numerator), self.raised(self.product(node.denominator), Fraction(-1))])
        if isinstance(node, Power):
            return self._power(node.base, node.exponent)
        if _is_call(node, "sqrt"):
            return self._power(node.children[0], write_number(Fraction(1, 2)))
        if _is_call(node, "exp"):
            return self._power(E, node.children[0])
        inside = self.inner(node)
        if inside == node or isinstance(inside, Add):
            return Term(Fraction(1), {self.keys.of(inside): (inside, Fraction(1))})
        return self.product(inside)

    def _power(self, base: Node, exponent: Node) -> Term:
        height = numeric(exponent)
        if height is None:
            exponent = self.inner(exponent)
            height = numeric(exponent)
        if base == E:
            return self._exponential(exponent) if height is None else self.single(E, height)
        if height is not None and height.denominator == 1:
            return self.raised(self.product(base), height)
        inside = self.inner(base)
        if height is None:
            value = numeric(inside)
            return self.single(Number(value) if value is not None and value > 0 else inside, exponent)
        return self._root(inside, height)

    def _root(self, base: Node, height: Fraction) -> Term:
        """base to a fraction: exponents multiply where that keeps the value, (b²)^(1/2) stays."""
        inside = self.product(base)
        if inside.coefficient == 1 and len(inside.powers) == 1:
            ((root, exponent),) = inside.powers.values()
            odd = isinstance(exponent, Fraction) and (exponent.numerator % 2 or exponent.denominator % 2 == 0)
            real = bool(free_symbols(root)) or self.known.positive(root)
            if isinstance(exponent, Fraction) and real and (odd or self.known.nonnegative(root)):
                self.journal.raised(root, exponent, exponent * height)
                if (exponent * height).denominator % 2:
                    self.journal.nonnegative(root)
                return self.single(root, exponent * height)
        if not inside.powers and inside.coefficient > 0:
            return self.single(Number(inside.coefficient), height)
        return self.single(base, height)

    def _exponential(self, exponent: Node) -> Term:
        """e^u as a power of e^core, so that like exponentials merge: e^x·e^(−x), but not e^x·e^(x²)."""
        terms = self.terms(exponent)
        if not terms:
            return Term()
        content = common_content([term.coefficient for term in terms])
        content = -content if terms[0].coefficient < 0 else content
        core = self.write([term.scaled(1 / content) for term in terms], reorder=False)
        if numeric(core) is not None:
            return self.single(E, content)
        self._spelled.setdefault((self.keys.of(core), content), exponent)
        return self.single(Power(E, core), content)

    def single(self, base: Node, exponent: Fraction | Node) -> Term:
        """base^exponent as a term."""
        return self.times([Term(Fraction(1), {self.keys.of(base): (base, exponent)})])

    def times(self, terms: Iterable[Term]) -> Term:
        """The product of terms, like powers merged; a base that disappears from below leaves its condition."""
        coefficient, powers = Fraction(1), dict[Key, tuple[Node, Fraction | Node]]()
        for term in terms:
            coefficient *= term.coefficient
            for key, (base, exponent) in term.powers.items():
                coefficient *= self._include(powers, key, base, exponent)
        if not coefficient:
            self.journal.vanished(Term(coefficient, powers))
            return Term(coefficient)
        for key, (base, exponent) in list(powers.items()):
            if exponent == 0:
                self.journal.gone(base)
                del powers[key]
        for key, (base, exponent) in list(powers.items()):
            if isinstance(base, Number) and isinstance(exponent, Fraction):
                del powers[key]
                coefficient *= self._numeric_power(powers, key, base.value, exponent, coefficient)
        return Term(coefficient, powers)

    def _include(
        self, powers: dict[Key, tuple[Node, Fraction | Node]], key: Key, base: Node, exponent: Fraction | Node
    ) -> Fraction:
        """Multiply base^exponent into the powers; the sign that comes out."""
        sign = Fraction(1)
        if key in powers and (not self.like_powers or (numeric(base) or 1) < 0):  # (−1)^x has hardly a value anywhere
            key = "again", len(powers), key
        elif key not in powers and isinstance(base, Add) and _whole(exponent):
            other = self.keys.opposite(base)
            if other in powers and _whole(powers[other][1]):
                turned, typed = exponent, self.known.typed
                if base in typed and powers[other][0] not in typed:
                    turned = powers.pop(other)[1]
                    powers[key] = (base, turned)
                else:
                    key = other
                sign = Fraction(-1) if turned % 2 else sign  # type: ignore[operator]
        if key not in powers:
            powers[key] = (base, exponent)
            return sign
        base, before = powers[key]
        if isinstance(before, Fraction) and isinstance(exponent, Fraction):
            after: Fraction | Node = before + exponent
            self.journal.merged(base, before, exponent)
        else:
            if any(isinstance(part, Fraction) and part < 0 for part in (before, exponent)):
                self.journal.nonzero(base)
            joined = self.tidy(Add(*(_as_node(part) for part in (before, exponent))))
            value = numeric(joined)
            after = joined if value is None else value
            if value is not None:
                self.journal.positive(base)
            self.journal.events.append("like powers")
        powers[key] = (base, after)
        return sign

    def _numeric_power(
        self,
        powers: dict[Key, tuple[Node, Fraction | Node]],
        key: Key,
        base: Fraction,
        exponent: Fraction,
        coefficient: Fraction,
    ) -> Fraction:
        """A power of a number as a factor of the coefficient; an inexact root goes back into the powers."""
        value = power_of(base, exponent)
        if value is not None:
            return value
        if base == 0:
            raise UndefinedError
        if exponent.denominator == 1:
            powers[key] = (Number(base), exponent)
            return Fraction(1)
        factor = Fraction(1)
        whole = exponent.numerator // exponent.denominator
        if whole and (exponent > 0 or (coefficient / base).denominator == 1 == coefficient.denominator):
            part = power_of(base, Fraction(whole))
            if part is not None:
                factor, exponent = part, exponent - whole
        powers[key] = (Number(base), exponent)
        return factor

    def raised(self, term: Term, exponent: Fraction) -> Term:
        """A term to a whole exponent."""
        if term.coefficient == 0 and exponent < 0:
            raise UndefinedError
        coefficient = power_of(term.coefficient, exponent)
        powers: dict[Key, tuple[Node, Fraction | Node]] = {}
        if coefficient is None:
            return self.single(self.write([term]), exponent)
        for key, (base, height) in term.powers.items():
            if isinstance(height, Fraction):
                powers[key] = (base, height * exponent)
                self.journal.raised(base, height, height * exponent)
            else:
                self.journal.raised_symbolically(base, height, exponent)
                product = self.tidy(Multiply(write_number(exponent), height))
                powers[key] = (base, product)
        return self.times([Term(coefficient, powers)])

    # ---- back to formulas ----------------------------------------------------------------------------------------

    def write(self, terms: list[Term], reorder: bool = True) -> Node:
        """The sum on the page; −a + b becomes b − a, longer sums stand as they came."""
        if not terms:
            return ZERO
        if reorder and len(terms) == 2 and terms[0].coefficient < 0 < terms[1].coefficient:
            terms = [terms[1], terms[0]]
        written = [self.write_term(term) for term in terms]
        return written[0] if len(written) == 1 else self.known.as_typed(Add(*written))

    def write_term(self, term: Term) -> Node:
        """One term on the page: negative exponents below the bar, e^(−u) above it unless 1/e^u was typed."""
        above: list[Node] = []
        below: list[Node] = []
        for base, exponent in term.powers.values():
            if isinstance(base, Power) and base.base == E and isinstance(exponent, Fraction):
                self._place_exponential(base.exponent, exponent, above, below)
            elif isinstance(exponent, Fraction):
                (above if exponent > 0 else below).append(write_power(base, abs(exponent)))
            else:
                opposite = Power(base, self.tidy(Negate(exponent)))
                if opposite in self.known.typed and Power(base, exponent) not in self.known.typed:
                    below.append(opposite)
                else:
                    above.append(Power(base, exponent))
        return write_product(
            term.coefficient, self.known.in_order(above), self.known.in_order(below), self.known.decimals
        )

    def _place_exponential(self, core: Node, height: Fraction, above: list[Node], below: list[Node]) -> None:
        key = self.keys.of(core)
        plain = self._e_to(self._exponent(key, core, height))
        if height < 0 and plain not in self.known.typed:
            opposite = self._e_to(self._exponent(key, core, -height))
            if opposite in self.known.typed:
                below.append(opposite)
                return
        above.append(plain)

    def _exponent(self, key: Key, core: Node, height: Fraction) -> Node:
        typed = self._spelled.get((key, height))
        if typed is not None:
            return typed
        return self.write([term.scaled(height) for term in self.terms(core)])

    def _e_to(self, exponent: Node) -> Node:
        return Call("exp", exponent) if self.known.spells_exp else Power(E, exponent)


def _is_call(node: Node, *functions: str) -> bool:
    return isinstance(node, Call) and node.function in functions


def _whole(exponent: Fraction | Node) -> bool:
    return isinstance(exponent, Fraction) and exponent.denominator == 1


def _as_node(exponent: Fraction | Node) -> Node:
    return write_number(exponent) if isinstance(exponent, Fraction) else exponent
