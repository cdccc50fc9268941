"""Rules for operators and unspecified functions: sums, products, integrals, prime notation, components, lengths.

Each is the statement that differentiation passes through the operator; the shapes of ordinary formulas are
`scalar_rules`.
"""

from symgrad.calculus import algebra
from symgrad.calculus.conditions import prune
from symgrad.calculus.dependence import depends_on
from symgrad.calculus.rule import Application, Inert, Rule
from symgrad.syntax import tree as t
from symgrad.syntax import walks
from symgrad.syntax.tree import ONE, Add, Apply, Call, Divide, Multiply, Negate, Node, Product, Sum, Symbol


def _unspecified(node: Node, x: Symbol, d: Inert) -> Application | None:
    """f(u, v)′ = f₁(u, v)·u′ + f₂(u, v)·v′ in prime notation; never a substitution left to be done."""
    assert isinstance(node, Apply)
    terms: list[Node] = []
    for i, u in enumerate(node.children):
        if not depends_on(u, x.name):
            continue
        raised = tuple(order + (i == j) for j, order in enumerate(node.orders))
        outer = Apply(node.name, *node.children, orders=raised)
        terms.append(outer if u == x else Multiply(outer, d(u)))
    parts = dict(zip("uvw", node.children, strict=False))
    return Application(algebra.add(*terms), parts)


def _sum_operator(node: Node, x: Symbol, d: Inert) -> Application | None:
    assert isinstance(node, Sum)
    if _bounds_depend(node, x):
        return None
    return Application(Sum(d(node.body), node.variable, node.lower, node.upper), {"f": node.body})


def _product_operator(node: Node, x: Symbol, d: Inert) -> Application | None:
    """The logarithmic derivative of a product is the sum of those of its factors."""
    assert isinstance(node, Product)
    if _bounds_depend(node, x):
        return None
    inner = Sum(Divide(d(node.body), node.body), node.variable, node.lower, node.upper)
    return Application(Multiply(node, inner), {"f": node.body}, prune(t.Compare("!=", node.body, t.ZERO)))


def _bounds_depend(node: t._Bounded, x: Symbol) -> bool:
    return depends_on(node.lower, x.name) or depends_on(node.upper, x.name)


def _leibniz(node: Node, x: Symbol, d: Inert) -> Application | None:
    """(∫ₐᵇ f dt)′ = f(b)·b′ − f(a)·a′ + ∫ₐᵇ ∂f/∂x dt."""
    assert isinstance(node, t.Integral)
    terms: list[Node] = []
    for bound, signed in ((node.upper, False), (node.lower, True)):
        if not depends_on(bound, x.name):
            continue
        value = walks.substitute(node.body, {node.variable.name: bound})
        term = value if bound == x else Multiply(value, d(bound))
        terms.append(Negate(term) if signed else term)
    if node.variable.name != x.name and depends_on(node.body, x.name):
        terms.append(t.Integral(d(node.body), node.variable, node.lower, node.upper))
    if not terms:
        return None
    parts = {"f": node.body, "a": node.lower, "b": node.upper}
    return Application(terms[0] if len(terms) == 1 else Add(*terms), parts)


def _antiderivative(node: Node, x: Symbol, d: Inert) -> Application | None:
    assert isinstance(node, t.Antiderivative)
    if node.variable.name == x.name:
        return Application(node.body, {"f": node.body})
    return Application(t.Antiderivative(d(node.body), node.variable), {"f": node.body})


def _entries(node: Node, x: Symbol, d: Inert) -> Application | None:
    return Application(node.with_children(d(entry) for entry in node.children), {"f": node.children[0]})


def _sides(node: Node, x: Symbol, d: Inert) -> Application | None:
    assert isinstance(node, t.Compare)
    if node.operator != "=":
        return None
    return Application(t.Compare("=", d(node.left), d(node.right)), {"f": node.left, "g": node.right})


def _passes_through(node: Node, x: Symbol, d: Inert) -> Application | None:
    assert isinstance(node, Call)
    u = node.children[0]
    return Application(ONE if u == x and node.function != "im" else Call(node.function, d(u)), {"u": u})


def _length(node: Node, x: Symbol, d: Inert) -> Application | None:
    """√(u² + v² + …)′ = (u·u′ + v·v′ + …)/√(u² + v² + …)."""
    if len(node.children) == 2:
        return None
    terms = [u if u == x else Multiply(u, d(u)) for u in node.children if depends_on(u, x.name)]
    parts = dict(zip("uvw", node.children, strict=False))
    return Application(Divide(algebra.add(*terms), node), parts, prune(t.Compare("!=", node, t.ZERO)))


def _hypergeometric(node: Node, x: Symbol, d: Inert) -> Application | None:
    """pFq(a; b; u)′ = (Πa/Πb)·pFq(a+1; b+1; u)·u′."""
    above, below, u = node.children
    if depends_on(above, x.name) or depends_on(below, x.name):
        return None
    if not isinstance(above, t.Matrix) or not isinstance(below, t.Matrix):
        return None
    raised = (part.with_children(algebra.add(entry, ONE) for entry in part.children) for part in (above, below))
    front = algebra.divide(algebra.multiply(*above.children), algebra.multiply(*below.children))
    outer = Call("hyper", *raised, u)
    return Application(Multiply(front, outer) if u == x else Multiply(front, outer, d(u)), {"u": u})


OPERATORS = (
    Rule(
        "unspecified",
        "chain rule for an unspecified function",
        "Of an unspecified function only its prime is known; the inside is differentiated as usual.",
        "f(u)′ = f′(u)·u′",
        ("Apply",),
        _unspecified,
        "f(x^2)",
        "f(g(x), h(x))",
    ),
    Rule(
        "sum-operator",
        "sum under Σ",
        "A sum whose bounds stay fixed is differentiated term by term.",
        "(Σ f)′ = Σ f′",
        ("Sum",),
        _sum_operator,
        "sum(sin(k x), k, 1, n)",
        "sum(f(k x), k, 1, n)",
        caveat="The bounds must not depend on the variable; an infinite sum must converge well enough.",
    ),
    Rule(
        "product-operator",
        "product under Π",
        "A product times the sum of what each factor's logarithm contributes.",
        "(Π f)′ = Π f · Σ f′/f",
        ("Product",),
        _product_operator,
        "product(x + k, k, 1, n)",
        "product(f(k x), k, 1, n)",
        caveat="No factor may be 0.",
    ),
    Rule(
        "leibniz",
        "Leibniz integral rule",
        "The value at the upper bound times its speed, minus that at the lower, plus the integral of the derivative.",
        "(∫ₐᵇ f dt)′ = f(b)·b′ − f(a)·a′ + ∫ₐᵇ ∂f/∂x dt",
        ("Integral",),
        _leibniz,
        "Integral(sin(x*t), (t, 0, x^2))",
        "Integral(f(x t), (t, g(x), h(x)))",
    ),
    Rule(
        "antiderivative",
        "fundamental theorem of calculus",
        "Differentiating an antiderivative gives the integrand back.",
        "(∫ f dx)′ = f",
        ("Antiderivative",),
        _antiderivative,
        "Integral(sin(x), x)",
        "Integral(f(x), x)",
    ),
    Rule(
        "entries",
        "entry by entry",
        "A vector or a matrix is differentiated entry by entry.",
        "(a, b)′ = (a′, b′)",
        ("Matrix",),
        _entries,
        "[[x], [x^2]]",
        "[[f(x)], [g(x)]]",
        trivial=True,
    ),
    Rule(
        "both-sides",
        "both sides of an equation",
        "If two quantities are always equal, so are their derivatives.",
        "f = g ⇒ f′ = g′",
        ("Compare",),
        _sides,
        "y(x)^2 = x",
        "f(x) = f(x)",
    ),
    Rule(
        "complex-parts",
        "conjugates and parts",
        "For a real variable, conjugate, real part and imaginary part are taken of the derivative.",
        "(conj u)′ = conj(u′)",
        ("Call:conjugate", "Call:re", "Call:im"),
        _passes_through,
        "conjugate(f(x))",
    ),
    Rule(
        "length",
        "derivative of a length",
        "Each component times its derivative, over the length.",
        "hypot(u, v, …)′ = (u·u′ + v·v′ + …)/hypot(u, v, …)",
        ("Call:hypot",),
        _length,
        "hypot(x, x^2, 1)",
        "hypot(f(x), g(x), h(x))",
        caveat="Not where all components are 0.",
    ),
    Rule(
        "hypergeometric",
        "derivative of a hypergeometric function",
        "Raise every parameter by one.",
        "F(a; b; u)′ = (Πa/Πb)·F(a + 1; b + 1; u)·u′",
        ("Call:hyper",),
        _hypergeometric,
        "hyper((1/2, 1/3), (3/4,), x^2)",
        "hyper((1/2, 1/3), (3/4,), f(x)/9)",
        source="NIST Digital Library of Mathematical Functions, 16.3.1",
        family="functions",
    ),
)
