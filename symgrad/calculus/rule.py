"""What a rule of differentiation is: one frozen row that carries its name, its sentence, its formula and its working.

A rule turns d/dx of one formula into a formula in which smaller derivatives stand inert. It never carries them out;
that is `derive`'s walk. The tables of rules are `elementary` and `scalar_rules`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from symgrad.calculus import algebra
from symgrad.calculus.conditions import prune
from symgrad.calculus.dependence import depends_on
from symgrad.calculus.evaluate import Definitions
from symgrad.calculus.verify import Check, Sample
from symgrad.syntax.functions import FUNCTIONS
from symgrad.syntax.tree import Derivative, Multiply, Node, Symbol
from symgrad.syntax.walks import substitute

Inert = Callable[[Node], Node]


@dataclass(frozen=True)
class Application:
    """What a rule made of one derivative.

    Args:
        after: the formula equal to it, smaller derivatives inert.
        parts: the letters of the rule's statement and what they stand for here.
        condition: where this holds, if not wherever both sides have a value.
        seams: equations at which the function may have a kink or a jump.
    """

    after: Node
    parts: Mapping[str, Node] = field(default_factory=dict)
    condition: Node | None = None
    seams: tuple[Node, ...] = ()


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule of differentiation.

    Args:
        id: a stable name for programs and translations; never reused for another rule.
        name: what a lecturer calls it.
        says: the sentence a lecturer would speak.
        statement: the formula, in letters that `Application.parts` explains.
        heads: the kinds of formula it looks at: node names such as 'Multiply', 'Call:sin', 'Apply:f', or '*'.
        apply: from a formula, the variable and the maker of inert derivatives to the outcome, or None.
        example: a formula it applies to.
        pattern: the left side of the statement with unknown functions, for `theorem`; the example where there is none.
        trivial: told in passing below the level "full".
        caveat: where it doesn't hold.
        source: where the formula is from, if it isn't in every textbook.
        family: the group it is listed under.
        elementary: the function's row, where the rule is for a function of known derivative.
    """

    id: str
    name: str
    says: str
    statement: str
    heads: tuple[str, ...]
    apply: Callable[[Node, Symbol, Inert], Application | None]
    example: str
    pattern: str = ""
    trivial: bool = False
    caveat: str = ""
    source: str = ""
    family: str = "rules"
    elementary: "Elementary | None" = None

    def theorem(self) -> Check:
        """Apply the rule to its pattern in unknown functions and compare both sides by numbers.

        The unknown functions become concrete ones that no rule knows; derivatives are taken by differences.
        """
        own = tuple(kind[6:] for kind in self.heads if kind.startswith("Apply:") and kind[6:] not in FUNCTIONS)
        pattern = _parsed(self.pattern or self.example, own)
        x = Symbol("x")
        outcome = self.apply(pattern, x, lambda part: Derivative(part, x))
        if outcome is None:
            return Check("unknown", reason="the rule does not apply to its own pattern")
        before = Derivative(pattern, x)
        return Sample(before, outcome.after, definitions=definitions_of([self])).compare(before, outcome.after)

    @staticmethod
    def of_function(
        function: str,
        *derivatives: "str | Node | None",
        id: str = "",  # noqa: A002 - the field's own name
        arguments: tuple[str, ...] | None = None,
        needs: str = "",
        seam: str = "",
        value: "str | Node" = "",
        says: str = "",
        name: str = "",
        source: str = "",
        family: str = "functions",
        example: str = "",
        pattern: str = "",
        caveat: str = "",
    ) -> "Rule":
        """The rule for a function of given derivative: the chain rule is part of it.

        Args:
            function: the function's name, ours or your own.
            derivatives: its partial derivative by each argument, in the letters of `arguments`; None where unknown.
            arguments: the letters: u, or u and v, or u, v and w.
            id: a name of its own, where the function has several rows; by default the function's name.
            needs: the condition under which it holds, in the same letters.
            value: what the function is, in the same letters; only with it can a function of your own be checked.
            seam: where the function has a kink or a jump, as an equation.

        >>> rule = Rule.of_function("softsign", "1/(1 + |u|)^2")
        >>> rule.id, rule.statement
        ('softsign', 'softsign(u)′ = (1/(1 + |u|)^2)·u′')
        """
        letters = arguments or ("u", "v", "w")[: len(derivatives)]
        row = Elementary(function, tuple(derivatives), letters, needs, seam, value)
        return Rule(
            id=id or function,
            name=name or f"derivative of {function}",
            says=says or "Differentiate outside, keep the inside, and multiply by the derivative of the inside.",
            statement=_statement(function, letters, derivatives),
            heads=(f"Call:{function}", f"Apply:{function}"),
            apply=row.apply,
            example=example or f"{function}({_joined('x^2' if letter == 'u' else letter for letter in letters)})",
            pattern=pattern or _pattern(function, letters, derivatives),
            caveat=caveat or (f"needs {needs}" if needs else ""),
            source=source,
            family=family,
            elementary=row,
        )


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _pattern(function: str, letters: tuple[str, ...], derivatives: "tuple[str | Node | None, ...]") -> str:
    """The function of unknown functions in every argument by which it can be differentiated."""
    names = iter("fgh")
    unknown = [f"{next(names)}(x)" if known is not None else letter for letter, known in zip(letters, derivatives)]
    return f"{function}({', '.join(unknown)})"


def _statement(function: str, letters: tuple[str, ...], derivatives: "tuple[str | Node | None, ...]") -> str:
    terms = []
    for letter, derivative in zip(letters, derivatives):
        if derivative is None:
            continue
        if isinstance(derivative, Node):
            from symgrad.typeset import line

            text = line(derivative)
        else:
            text = derivative
        simple = text.replace("(", "").replace(")", "").isalnum() or (text.endswith(")") and text.count("(") == 1)
        terms.append(f"{text}·{letter}′" if simple and not text.startswith("-") else f"({text})·{letter}′")
    return f"{function}({', '.join(letters)})′ = {' + '.join(terms)}"


@dataclass(frozen=True)
class Elementary:
    """A function with the formulas of its partial derivatives, as text in our own syntax.

    Args:
        function: the name in the table of functions.
        derivatives: one by each argument, None where none is known.
        arguments: the letters that the formulas use.
        needs: the condition under which they hold.
        seam: the equation of its kinks or jumps.
        value: the function itself, for one that isn't in the table of functions.
    """

    function: str
    derivatives: tuple["str | Node | None", ...]
    arguments: tuple[str, ...] = ("u",)
    needs: str = ""
    seam: str = ""
    value: "str | Node" = ""

    def apply(self, node: Node, variable: Symbol, inert: Inert) -> Application | None:
        """f(u, v)′ = f_u·u′ + f_v·v′ over the arguments that depend on the variable; u′ = 1 is left out."""
        if len(node.children) != len(self.arguments):
            return None
        values = dict(zip(self.arguments, node.children, strict=True))
        terms = []
        for letter, text in zip(self.arguments, self.derivatives, strict=True):
            inner = values[letter]
            if not depends_on(inner, variable.name):
                continue
            if text is None:
                return None
            outer = substitute(_tree(text), values)
            terms.append(outer if inner == variable else Multiply(*_factors(outer), inert(inner)))
        condition = prune(substitute(_tree(self.needs), values)) if self.needs else None
        seams = (substitute(_tree(self.seam), values),) if self.seam else ()
        return Application(algebra.add(*terms), values, condition, seams)


def definitions_of(rules: "Iterable[Rule]") -> Definitions:
    """What the functions are that only these rules know, where a rule says it."""
    rows = [rule.elementary for rule in rules if rule.elementary is not None]
    return {
        row.function: (row.arguments, _tree(row.value)) if row.value else None
        for row in rows
        if row.function not in FUNCTIONS
    }


def _factors(node: Node) -> tuple[Node, ...]:
    return node.children if isinstance(node, Multiply) else (node,)


@cache
def _parsed(text: str, functions: tuple[str, ...] = ()) -> Node:
    from symgrad.syntax import ReadOptions, read

    return read(text, options=ReadOptions(functions=functions, accept=("condition", "equation", "matrix"))).tree


def _tree(text: "str | Node") -> Node:
    return text if isinstance(text, Node) else _parsed(text)


def head(node: Node) -> str:
    """The kind of formula under which rules are looked up.

    >>> from symgrad.syntax.tree import Call
    >>> head(Call("sin", Symbol("x")))
    'Call:sin'
    """
    kind = type(node).__name__
    return f"{kind}:{node.payload[0]}" if kind in ("Call", "Apply") else kind
