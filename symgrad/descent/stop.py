"""Why a descent ended: one member a reason, each a sentence with what to try next.

The members say what happened in general; the numbers of one run ("which term, at which point") are put beside them by
the loop as `Trace.detail`. Nothing here decides when to stop; that is `watch.py`.
"""

from enum import Enum


class Stop(Enum):
    """A reason to stop: `str(stop)` is the sentence, `.advice` what to try next, `.success` whether a minimum was
    reached.

    >>> str(Stop.STEP_LIMIT)
    'The step limit was reached before the descent converged.'
    >>> Stop.DIVERGED.success, Stop.CONVERGED_GRADIENT.success
    (False, True)
    """

    CONVERGED_GRADIENT = ("Converged: the gradient is smaller than the tolerance.", "")
    CONVERGED_STEP = ("Converged: a further step would not change the point.", "")
    CONVERGED_VALUE = ("Converged: the value no longer falls.", "")
    STEP_LIMIT = (
        "The step limit was reached before the descent converged.",
        "Allow more steps, or look at the explanation for a faster rate or rule.",
    )
    DIVERGED = ("Diverged: the steps overshoot further and further.", "Use a smaller learning rate.")
    TWO_CYCLE = (
        "Caught in a 2-cycle: every second step returns to the same point.",
        "Use a smaller learning rate, or one that shrinks.",
    )
    NOT_FINITE = (
        "Stopped: the formula is no longer a finite number there.",
        "Use a smaller learning rate or a nearer start.",
    )
    LEFT_DOMAIN = (
        "Stopped: the step left the domain of the formula.",
        "Use a smaller learning rate, a start further inside, or bounds.",
    )
    UNBOUNDED_BELOW = (
        "Stopped: the formula seems to be unbounded below along the path, so there is no minimum to reach.",
        "Add bounds, or check the sign of the formula.",
    )
    FLAT = (
        "Stopped on a flat region: the slope is almost zero, but this is no minimum.",
        "Start elsewhere, or use a rule that keeps its speed (momentum, Adam).",
    )
    SADDLE = (
        "Stopped at a saddle: the gradient is zero, but the formula falls in another direction.",
        "Start a little to the side, or use Newton's method with a trust region.",
    )
    MAXIMUM = (
        "Stopped on a maximum: the gradient is zero, but every direction leads down.",
        "Start a little to the side.",
    )
    INFLECTION = (
        "Stopped at an inflection: the slope is almost zero, but beyond it the formula falls further.",
        "Start beyond it, or use a rule that keeps its speed (momentum, Adam).",
    )
    STALLED = (
        "Stopped: the learning rate shrank until a step no longer changed the point, short of a minimum.",
        'Let the rate shrink more slowly, for example rate="0.1/(1+k)".',
    )
    NO_DESCENT = (
        "Stopped: along the search direction no lower value was found at this precision.",
        "The value is as low as rounding lets one see, or the formula has a kink here.",
    )
    CALLBACK = ("Stopped by the callback.", "")
    INTERRUPTED = ("Interrupted; the steps so far are kept.", "Continue with resume.")

    @property
    def sentence(self) -> str:
        """What happened."""
        return self.value[0]

    @property
    def advice(self) -> str:
        """What to try next; empty where nothing need be done."""
        return self.value[1]

    @property
    def success(self) -> bool:
        """Whether the run reached what it was looking for."""
        return self.name.startswith("CONVERGED")

    def __str__(self) -> str:
        return self.sentence
