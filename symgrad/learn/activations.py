"""THE table of activations: each a formula in u, what a node does with the sum of its weighted inputs."""

from dataclasses import dataclass

from symgrad.errors import UsageError
from symgrad.syntax import parse
from symgrad.syntax.tree import Node
from symgrad.syntax.walks import free_symbols, substitute


@dataclass(frozen=True)
class Activation:
    """A function of one variable u, as a formula.

    Args:
        name: what a lecturer calls it.
        text: the formula in u, in plain syntax.
        says: what it is for, in one sentence.
    """

    name: str
    text: str
    says: str = ""

    def of(self, inside: Node) -> Node:
        """The formula with u replaced.

        >>> from symgrad.typeset import line
        >>> line(find_activation("tanh").of(parse("w x")))
        'tanh(wx)'
        """
        tree = parse(self.text)
        strange = [symbol.name for symbol in free_symbols(tree) if symbol.name != "u"]
        if strange:
            raise UsageError(f"The activation {self.text!r} speaks of {strange[0]!r}.", hint="Write it in u.")
        return substitute(tree, {"u": inside})


IDENTITY = Activation("identity", "u", "The sum as it is.")

ACTIVATIONS: tuple[Activation, ...] = (
    IDENTITY,
    Activation("sigmoid", "1/(1 + e^(-u))", "Between 0 and 1: a probability."),
    Activation("modified sigmoid", "2/(1 + e^(-u)) - 1", "Between −1 and 1, steepest at 0."),
    Activation("tanh", "tanh(u)", "Between −1 and 1, slope 1 at 0."),
    Activation("ReLU", "max(0, u)", "Nothing below 0, everything above."),
    Activation("leaky ReLU", "max(u/100, u)", "A little below 0, everything above."),
    Activation("softplus", "ln(1 + e^u)", "ReLU without the kink."),
    Activation("SiLU", "u/(1 + e^(-u))", "The input times its own sigmoid."),
    Activation("Gaussian", "e^(-u^2)", "A bump: largest at 0."),
    Activation("sine", "sin(u)", "For what repeats itself."),
)


def find_activation(activation: "str | Activation | None") -> Activation:
    """The activation of that name, an activation as it is, or a new one from a formula in u; None is the identity.

    >>> find_activation("relu").text
    'max(0, u)'
    """
    if activation is None:
        return IDENTITY
    if isinstance(activation, Activation):
        return activation
    for row in ACTIVATIONS:
        if _bare(row.name) == _bare(activation):
            return row
    if "u" in activation and not activation.isalpha():
        return Activation(activation, activation)
    known = ", ".join(row.name for row in ACTIVATIONS)
    raise UsageError(f"I don't know the activation {activation!r}.", hint=f"There are: {known}; or a formula in u.")


def _bare(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
