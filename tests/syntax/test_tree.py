"""The tree: equality by structure, walks without recursion, places, substitution that captures nothing."""

import pickle

import pytest

from symgrad.syntax import parse
from symgrad.syntax.tree import Add, Call, Multiply, Negate, Number, Power, Sum, Symbol
from symgrad.syntax.walks import at, depth, free_symbols, replace_at, size, substitute, transform, unique, walk

X, Y = Symbol("x"), Symbol("y")


def tower(levels):
    node = X
    for _ in range(levels):
        node = Call("sin", node)
    return node


def test_trees_deeper_than_the_stack_are_compared_and_walked():
    first, second = tower(50_000), tower(50_000)
    assert first == second
    assert hash(first) == hash(second)
    assert first != Call("cos", first.children[0])
    assert depth(first) == size(first) == len(unique(first)) == 50_001


def test_equality_is_by_structure_and_not_by_spelling():
    assert Number(1, "1.0") == Number(1)
    assert Power(X, Number(2)) != Power(Y, Number(2))
    assert parse("x + y") != parse("y + x")
    assert (X == 3) is False


def test_a_place_can_be_read_and_replaced():
    tree = parse("x^2 sin(x) + 1")
    path = next(p for p in [(0, 1)] if isinstance(at(tree, p), Call))
    assert replace_at(tree, path, Y) == parse("x^2 y + 1")
    assert replace_at(tree, (), Y) == Y


def test_bound_variables_are_not_free():
    tree = parse("sum(k x, k=1..n)")
    assert [symbol.name for symbol in free_symbols(tree)] == ["x", "n"]


def test_substitution_captures_nothing():
    tree = parse("sum(k x, k=1..n)")
    changed = substitute(tree, {"x": Symbol("k")})
    assert isinstance(changed, Sum)
    assert changed.variable.name != "k"
    assert [symbol.name for symbol in free_symbols(changed)] == ["k", "n"]


def test_transform_keeps_what_does_not_change():
    tree = parse("sin(x) + sin(y)")
    changed = transform(tree, lambda node: Symbol("z") if node == Y else node)
    assert changed == parse("sin(x) + sin(z)")
    assert changed.children[0] is tree.children[0]


@pytest.mark.parametrize("text", ["x^2 sin(x)", "3.50 x", "{x if x>0; 0 otherwise}", "sum(k x, k=1..n)"])
def test_trees_travel(text):
    tree = parse(text)
    assert pickle.loads(pickle.dumps(tree)) == tree


def test_walk_meets_every_place_left_to_right():
    assert [type(node).__name__ for node in walk(Negate(Power(X, Y)))] == ["Negate", "Power", "Symbol", "Symbol"]


def test_substitution_goes_as_deep_as_the_tree():
    tree = X
    for _ in range(50_000):
        tree = Add(tree, Number(1))
    assert free_symbols(substitute(tree, {"x": Symbol("y")})) == (Symbol("y"),)


def test_a_bound_variable_stays_bound_whatever_its_new_name_is():
    k = Symbol("k")
    total = Sum(Multiply(k, X), k, Number(1), Number(3))
    changed = substitute(total, {"x": k, "k_1": Number(9)})
    bound = changed.children[1]
    assert bound != k
    assert changed == Sum(Multiply(bound, k), bound, Number(1), Number(3))
