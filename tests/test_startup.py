"""Start-up is light: nothing heavy is loaded before it is needed. Modules are counted, not milliseconds."""

import subprocess
import sys

import pytest

HEAVY = ("sympy", "numpy", "matplotlib", "rich", "mpmath", "llvmlite", "scipy", "jax", "torch")


def loaded(code: str) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after running the code."""
    probe = f"{code}\nimport sys\nprint('loaded', *[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_import_symgrad_loads_nothing_heavy():
    assert loaded("import symgrad") == set()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["diff", "--help"], ["descend", "--help"], ["help", "functions"]]
)
def test_help_loads_nothing_heavy(arguments):
    assert loaded(f"from symgrad.cli.main import run; run({arguments!r})") == set()


def test_deriving_needs_no_sympy_numpy_or_matplotlib():
    code = "import symgrad as sg; d = sg.derive('x^2 sin(x)'); str(d); d.latex(); assert d.verify()"
    assert loaded(code) <= {"mpmath"}


def test_unknown_names_are_attribute_errors():
    import symgrad

    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = symgrad.nonsense


def test_every_public_name_can_be_loaded():
    import symgrad

    assert all(getattr(symgrad, name) is not None for name in symgrad.__all__)


def test_no_public_name_is_hidden_by_a_module_of_the_same_name():
    import pkgutil

    import symgrad

    assert not set(symgrad.__all__) & {module.name for module in pkgutil.iter_modules(symgrad.__path__)}
