"""Attributes that are made when they are first asked for: once, whatever the number of threads that ask."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class once(Generic[Value]):  # noqa: N801 - a decorator, like property
    """A property that is computed once, under the lock that its object has as `_lock`; then a plain attribute.

    >>> from threading import RLock
    >>> class Thing:
    ...     _lock = RLock()
    ...     @once
    ...     def number(self):
    ...         print("made")
    ...         return 1
    >>> thing = Thing()
    >>> thing.number + thing.number
    made
    2
    """

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self.make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, _: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, holder: None, _: type) -> "once[Value]": ...
    @overload
    def __get__(self, holder: object, _: type) -> Value: ...
    def __get__(self, holder: Any, _: type) -> Any:
        if holder is None:
            return self
        held = holder.__dict__
        with holder._lock:
            if self.name not in held:
                held[self.name] = self.make(holder)
        return held[self.name]
