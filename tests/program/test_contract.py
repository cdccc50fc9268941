"""The calling contract holds for every backend: one class of claims about odd arguments, inherited once for each."""

import math
import pickle
import threading
import warnings
from collections import deque
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest

from symgrad.errors import UsageError
from symgrad.program import compile as compile_formula
from symgrad.program import kernels
from symgrad.syntax import parse
from symgrad.syntax.tree import Number, Symbol
from symgrad.syntax.walks import transform

FORMULA = parse("x*exp(y) + sin(x)")
AT = (0.5, -0.25)
VALUE = AT[0] * math.exp(AT[1]) + math.sin(AT[0])
SLOPES = [math.exp(AT[1]) + math.cos(AT[0]), AT[0] * math.exp(AT[1])]


ONE_ARRAY = np.empty((3, 3))


class Like(list):
    """A list that says how it is an array, as tables' columns do."""

    def __array__(self, dtype=None, copy=None):
        return np.array([float(entry) for entry in self], dtype)


class Contract:
    """What holds for every backend. A subclass says which."""

    backend: ClassVar[str]

    @pytest.fixture
    def f(self):
        return compile_formula(FORMULA, backend=self.backend)

    def compiled(self, formula, **options):
        return compile_formula(formula, backend=self.backend, **options)

    # ---- one point -------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "kind",
        [float, np.float64, np.float16, np.longdouble, Fraction, Decimal, np.array, lambda v: np.array(v, object),
         lambda v: np.float64(v)[None][0], lambda v: np.broadcast_to(np.float64(v), ())],
    )  # fmt: skip
    def test_a_number_is_a_number_whatever_its_type(self, f, kind):
        for x, y in ((kind(AT[0]), kind(AT[1])), (AT[0], kind(AT[1])), (kind(AT[0]), AT[1])):
            value, gradient = f(x, y)
            assert type(value) is float
            assert type(gradient) is np.ndarray
            assert value == pytest.approx(VALUE, rel=1e-15)
            np.testing.assert_allclose(gradient, SLOPES, rtol=1e-15)

    @pytest.mark.parametrize("number", [7, True, np.int8(7), np.uint64(7), np.bool_(True), 10**30, -(10**30)])
    def test_whole_numbers_are_doubles(self, number):
        value, gradient = self.compiled(parse("x^3"))(number)
        assert value == pytest.approx(float(number) ** 3, rel=1e-15)
        assert gradient[0] == pytest.approx(3 * float(number) ** 2, rel=1e-15)

    def test_what_is_beyond_all_doubles_is_infinite_without_a_word(self):
        f, huge = self.compiled(parse("1/x + y"), variables=["x", "y"]), np.array(["1e4000", "2"], np.longdouble)
        if not np.isfinite(huge[0]):
            pytest.skip("long doubles are doubles here")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert f(huge[0], 2.0)[0] == f.vector(huge)[0] == f(huge[:1], 2.0)[0][0] == 2.0
            assert f.jvp(huge, [1, 3]) == 3.0
            assert f.hvp(huge, [1, 3]).tolist() == [0.0, 0.0]

    def test_a_signalling_nan_is_a_nan(self):
        assert math.isnan(self.compiled(parse("x + 1"))(Decimal("sNaN"))[0])

    def test_a_whole_number_beyond_all_doubles_is_infinite(self, f):
        assert self.compiled(parse("1/x"), order=0)(10**400) == 0.0
        assert self.compiled(parse("x"), order=0)(np.array([-(10**400), 1], object)).tolist() == [-math.inf, 1.0]

    def test_results_are_the_callers(self, f):
        first, second = f(*AT)[1], f(*AT)[1]
        first[0] = 77.0
        assert second[0] != 77.0
        assert f(*AT)[1][0] != 77.0
        assert first.flags.writeable
        assert first.flags.owndata

    @pytest.mark.parametrize("order", [0, 1, 2])
    def test_the_parts_have_their_shapes(self, order):
        for formula, n in (("3", 0), ("x", 1), ("x*y", 2), ("a*b + sin(c) + d^2*a", 4)):
            f = self.compiled(parse(formula), order=order)
            value = f(*[0.5] * n)
            parts = value if order else (value,)
            assert [np.shape(part) for part in parts] == [(), (n,), (n, n)][: order + 1]
            assert type(parts[0]) is float

    @pytest.mark.parametrize("order", [0, 1])
    def test_several_formulas_have_a_vector_of_values(self, order):
        f = self.compiled([parse("x*y"), parse("x"), parse("2")], order=order)
        found = f(2.0, 3.0)
        values = found[0] if order else found
        assert values.tolist() == [6.0, 2.0, 2.0]
        if order:
            assert found[1].tolist() == [[3.0, 2.0], [1.0, 0.0], [0.0, 0.0]]
        batch = f(np.array([2.0, 4.0]), 3.0)
        assert (batch[0] if order else batch).tolist() == [[6.0, 12.0], [2.0, 4.0], [2.0, 2.0]]

    # ---- names -----------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "names", [("x", "x0"), ("self", "args"), ("rest", "named"), ("more", "v0"), ("type", "g1")]
    )
    def test_no_name_clashes(self, names):
        a, b = names
        f = self.compiled(parse("a - 2 b"), variables=["a", "b"])
        assert f(5.0, 1.0)[0] == 3.0
        renamed = transform(parse("a - 2 b"), lambda node: Symbol({"a": a, "b": b}[node.name])
                            if isinstance(node, Symbol) else node)  # fmt: skip
        f = self.compiled(renamed)
        assert f(5.0, 1.0)[0] == f(**{b: 1.0, a: 5.0})[0] == f(5, **{b: 1})[0] == 3.0

    # ---- arrays ----------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "make",
        [
            np.asfortranarray, lambda x: np.repeat(x, 2, axis=1)[:, ::2], lambda x: x[::-1][::-1],
            lambda x: x.astype(np.longdouble), lambda x: x.astype(">f8"), np.matrix,
            np.ma.masked_array, lambda x: x.tolist(), lambda x: tuple(map(tuple, x)),
            lambda x: x.astype(object), lambda x: np.ndarray(x.shape, buffer=memoryview(x.tobytes())),
            lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(np.float64).reshape(x.shape),
            lambda x: [deque(row) for row in x], np.vectorize(Fraction),
            lambda x: pickle.loads(pickle.dumps(x)), lambda x: x.astype(np.dtype("f8", metadata={"unit": "m"})),
        ],
    )  # fmt: skip
    def test_an_array_is_an_array_however_it_lies(self, f, make):
        x = np.linspace(-1, 1, 12).reshape(3, 4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PendingDeprecationWarning)  # np.matrix
            given = make(x)
        value, gradient = f(given, 0.5)
        expected = f(np.ascontiguousarray(x), 0.5)
        assert type(value) is type(gradient) is np.ndarray
        np.testing.assert_array_equal(value, expected[0])
        np.testing.assert_array_equal(gradient, expected[1])

    @pytest.mark.parametrize("order", [0, 1, 2])
    def test_arrays_of_another_process_are_arrays(self, order):
        f, x = self.compiled(FORMULA, order=order), np.linspace(0, 1, 5)
        given = pickle.loads(pickle.dumps(x))
        shapes = [(5,), (2, 5), (2, 2, 5)][: order + 1]
        out = tuple(np.empty(shape, np.dtype("f8", metadata={"unit": "m"})) for shape in shapes)
        f(given, given, out=out)
        expected = f(x, x)
        for part, right in zip(out, expected if order else (expected,)):
            np.testing.assert_array_equal(part, right)

    def test_columns_of_tables_are_arrays(self, f):
        np.testing.assert_array_equal(f(Like([1, 2, 3]), 0.5)[0], f(np.array([1.0, 2.0, 3.0]), 0.5)[0])

    @pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 2, 1), (1,), (1, 1), (2, 1, 3)])
    def test_every_shape_of_a_batch(self, f, shape):
        x = np.full(shape, AT[0])
        value, gradient = f(x, AT[1])
        assert (value.shape, gradient.shape) == (shape, (2, *shape))
        np.testing.assert_allclose(value, VALUE, rtol=1e-14)

    def test_what_is_given_is_left_alone(self, f):
        x = np.linspace(-1, 1, 40)
        x.flags.writeable = False
        y = x.copy()
        f(x, y)
        f(y, y)
        np.testing.assert_array_equal(x, y)

    @pytest.mark.parametrize("order", [0, 1, 2])
    def test_constants_fill_the_batch(self, order):
        found = self.compiled(Number(2), variables=["x", "y"], order=order)(np.zeros((2, 3)), 0)
        parts = found if order else (found,)
        assert [part.shape for part in parts] == [(2, 3), (2, 2, 3), (2, 2, 2, 3)][: order + 1]
        assert np.unique(parts[0]).tolist() == [2.0]
        assert not any(part.any() for part in parts[1:])

    # ---- out -------------------------------------------------------------------------------------------------------

    def test_out_may_be_what_was_given(self, f):
        x, slopes = np.linspace(-1, 1, 50), np.empty((2, 50))
        expected = f(x.copy(), 0.5)
        f(x, 0.5, out=(x, slopes))
        np.testing.assert_array_equal(x, expected[0])
        np.testing.assert_array_equal(slopes, expected[1])

    def test_out_takes_one_point_other_strides_and_other_floats(self, f):
        value, slopes = np.empty(()), np.empty((4, 2), np.float32)
        returned = f(*AT, out=(value, slopes[::2, 0]))
        assert returned[0] is value
        assert value == pytest.approx(VALUE, rel=1e-15)
        np.testing.assert_allclose(slopes[::2, 0], SLOPES, rtol=1e-6)

    @pytest.mark.parametrize(
        "out",
        [0.5, None, "out", (np.empty(3),), (np.empty(3), np.empty((2, 4))), (np.empty(3, int), np.empty((2, 3))),
         (np.broadcast_to(0.0, 3), np.empty((2, 3))), ([0.0] * 3, np.empty((2, 3))),
         (ONE_ARRAY[0], ONE_ARRAY[:2])],
    )  # fmt: skip
    def test_other_outs_are_refused_before_anything_is_written(self, f, out):
        if out is None:
            assert f(np.zeros(3), 0.5, out=None)[0].shape == (3,)
            return
        if isinstance(out, tuple):
            for array in out:
                if isinstance(array, np.ndarray) and array.flags.writeable:
                    array.fill(7)
        with pytest.raises(UsageError, match="out "):
            f(np.zeros(3), 0.5, out=out)
        if isinstance(out, tuple) and isinstance(out[0], np.ndarray) and out[0].flags.writeable:
            assert (out[0] == 7).all()

    # ---- vector and into -------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "x",
        [AT, list(AT), np.array(AT), np.array(AT, np.longdouble), np.array(AT)[::-1][::-1], np.array(AT, object),
         np.array([AT, AT]).T[:, 0], np.array(AT, ">f8"), [Fraction(AT[0]), AT[1]]],
    )  # fmt: skip
    def test_a_vector_is_a_point(self, f, x):
        value, gradient = f.vector(x)
        assert type(value) is float
        assert value == pytest.approx(VALUE, rel=1e-15)
        np.testing.assert_allclose(gradient, SLOPES, rtol=1e-15)
        written = np.empty(2)
        assert f.into(x, written) == value
        np.testing.assert_array_equal(written, gradient)

    @pytest.mark.parametrize(
        "x", [0.5, [0.5], [1.0, 2.0, 3.0], np.zeros((2, 2)), np.zeros((1, 2)), np.zeros((2, 1)), np.zeros(0), []]
    )
    def test_other_shapes_are_no_vector(self, f, x):
        with pytest.raises(UsageError, match="vector of 2 numbers"):
            f.vector(x)

    @pytest.mark.parametrize("x", [["a", "b"], [None, 1.0], np.array([1j, 2]), "ab", None, np.array([{}, 1.0])])
    def test_what_holds_no_real_numbers_is_no_vector(self, f, x):
        with pytest.raises(UsageError):
            f.vector(x)

    # ---- refused ---------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("wrong", "what"),
        [(None, "objects"), ("1", "text"), (b"1", "text"), (1j, "complex"), (np.array([1j]), "complex"),
         ([1.0, None], "objects"), (np.datetime64("2026-01-01"), "dates"), (np.timedelta64(1), "times"),
         (object(), "objects"),
         ({1.0}, "objects"), ([[1.0], [1.0, 2.0]], "read"), (np.ma.masked_array([1.0], [True]), "masked"),
         (Number(2), "objects"), (np.zeros((2,), [("a", float)]), "void|real numbers")],
    )  # fmt: skip
    def test_what_is_no_real_number_is_refused_by_name(self, f, wrong, what):
        with pytest.raises(UsageError, match=what) as raised:
            f(0.5, wrong)
        assert "'y'" in str(raised.value)

    def test_more_axes_than_numpy_can_broadcast_are_refused(self, f):
        with pytest.raises(UsageError, match="axes"):
            f(0.5, np.zeros((1,) * 31))
        assert f(0.5, np.zeros((1,) * 30))[1].shape == (2, *(1,) * 30)

    # ---- NaN and silence -------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "formula", ["ln(x)", "x/y", "sqrt(x - y)", "x^y", "1/(x - y)", "max(x, y)", "abs(x)*y", "sigmoid(x*y)",
                    "ln(e^x + e^y + 1)", "ln(e^x + e^y + e^(x*y))", "tanh(x)^2", "sin(pi x)", "gamma(x)", "x*e^(y^2)"],
    )  # fmt: skip
    def test_nothing_warns_and_points_do_not_meet(self, formula):
        special = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, 1e308, -1e308, 800.0, -800.0, 3.5]
        x, y = (part.ravel() for part in np.meshgrid(special, special))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            f = self.compiled(parse(formula), variables=["x", "y"])
            value, gradient = f(x, y)
            points = [f(*point) for point in zip(x.tolist(), y.tolist())]
        for k, (at, slopes) in enumerate(points):
            # the last bit of a subnormal number is more than its digits
            np.testing.assert_allclose(value[k], at, rtol=1e-12, atol=1e-323, err_msg=f"{formula} at {x[k], y[k]}")
            np.testing.assert_allclose(gradient[:, k], slopes, rtol=1e-11, atol=1e-14, err_msg=f"{x[k], y[k]}")

    @pytest.mark.parametrize("order", [1, 2])
    def test_where_no_case_holds_nothing_has_a_value(self, order):
        f = self.compiled("{x^2 if x > 0; -x if x < -1} + y", order=order)
        for inside, value, slope in ((1.0, 4.0, 2.0), (-2.0, 5.0, -1.0)):
            found = f(inside, 3.0)
            assert (found[0], found[1].tolist()) == (value, [slope, 1.0])
        assert all(math.isnan(np.ravel(part)[0]) for part in f(-0.5, 3.0))
        value, gradient = f(np.array([-0.5, 1.0]), 3.0)[:2]
        assert np.isnan(value).tolist() == [True, False]
        assert np.isnan(gradient).tolist() == [[True, False]] * 2

    def test_single_precision_overflows_without_a_word(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _, gradient = self.compiled(parse("x^2"), dtype="float32")(1e30)
            assert gradient.dtype == np.float32
            values, slopes = self.compiled(parse("x^2"), dtype="float32")(np.array([1e30, 1e300, 2.0]))
        assert values.dtype == slopes.dtype == np.float32
        assert values.tolist() == [math.inf, math.inf, 4.0]

    # ---- threads ---------------------------------------------------------------------------------------------------

    def test_threads_that_call_a_fresh_function_at_once_make_its_code_once(self, monkeypatch):
        made = []
        build = kernels.python_.PythonKernel.function

        def counted(kernel, name, *rest):
            made.append(name)
            return build(kernel, name, *rest)

        monkeypatch.setattr(kernels.python_.PythonKernel, "function", counted)
        f = self.compiled(FORMULA)
        start, found = threading.Barrier(8), []

        def call(k):
            start.wait()
            found.append((f(*AT), f.vector(np.array(AT)), f(np.full(3, AT[0]), AT[1])))

        threads = [threading.Thread(target=call, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        for point, vector, batch in found:
            assert point[0] == vector[0] == pytest.approx(VALUE, rel=1e-15)
            np.testing.assert_allclose(batch[0], VALUE, rtol=1e-14)
        assert len(made) == len(set(made))


class TestPython(Contract):
    backend = "python"


class TestNumpy(Contract):
    backend = "numpy"


class TestAuto(Contract):
    backend = "auto"


class TestNative(Contract):
    backend = "llvm"

    @pytest.fixture(autouse=True)
    def installed(self):
        pytest.importorskip("llvmlite")
