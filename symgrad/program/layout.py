"""Where the outputs of a program stand in value, gradient and Hessian, and the Python that puts them there."""

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

Shape = tuple[int, ...]
FLOAT64 = np.dtype(np.float64)
_SPARSE = 2_000  # places of a Hessian from which the empty ones are not written out


class Layout:
    """The parts (value, gradient, Hessian) of some formulas, by the outputs of their program.

    `places[k]` is (part, row) of program output k; `zeros` are rows that are zero by structure; `mirrors` are rows that
    are equal to others by symmetry.
    """

    def __init__(
        self, formulas: int, inputs: int, order: int, entries: Sequence[tuple[int, int]], *, several: bool
    ) -> None:
        self.formulas, self.inputs, self.order, self.several = formulas, inputs, order, several
        self.entries = list(entries)
        first: Shape = (formulas,) if several else ()
        # the shapes of value, gradient, Hessian at one point
        self.shapes: list[Shape] = [first, (*first, inputs), (inputs, inputs)][: order + 1]
        self.places = [(0, k) for k in range(formulas)]
        self.zeros: list[tuple[int, int]] = []
        self.mirrors: list[tuple[int, int, int]] = []
        if order:
            self.places += [(1, k) for k in range(formulas * inputs)]
        if order > 1:
            self.places += [(2, i * inputs + j) for i, j in entries]
            self.mirrors = [(2, j * inputs + i, i * inputs + j) for i, j in entries if i != j]
            known = {row for part, row in self.places if part == 2} | {row for _, row, _ in self.mirrors}
            self.zeros = [(2, row) for row in range(inputs * inputs) if row not in known]

    def in_a_row(self) -> list[list[int]] | None:
        """The places of each output where all parts lie in a row; None if the outputs are just in that order."""
        if self.order < 2:
            return None
        starts = [sum(math.prod(shape) for shape in self.shapes[:k]) for k in range(len(self.shapes))]
        places = [[starts[part] + row] for part, row in self.places]
        twin = {original: row for _, row, original in self.mirrors}
        for place, (part, row) in zip(places, self.places):
            if part == 2 and row in twin:
                place.append(starts[2] + twin[row])
        return places

    # ---- one point ---------------------------------------------------------------------------------------------------

    def assembled(self, values: Sequence[float], dtype: Any) -> Any:
        """What a call returns, from the outputs at one point."""
        parts: list[Any] = []
        start = 0
        for shape in self.shapes[:2]:
            size = math.prod(shape)
            if len(shape) == 1:
                parts.append(np.array(values[start : start + size], float))
            elif shape:
                parts.append(np.empty(shape))
                parts[-1].flat = values[start : start + size]
            else:
                parts.append(values[start])
            start += size
        if self.order > 1:
            parts.append(np.zeros(self.shapes[2]))
            for (i, j), value in zip(self.entries, values[start:]):
                parts[2][i, j] = parts[2][j, i] = value
        if dtype != FLOAT64:
            parts = [narrowed(part, dtype) if isinstance(part, np.ndarray) else part for part in parts]
        return tuple(parts) if self.order else parts[0]

    def returned(self, outputs: Sequence[str], dtype: Any) -> list[str]:
        """The last statements of generated Python: arrays are made empty and filled at once, the quickest way there is.

        >>> Layout(1, 2, 1, [], several=False).returned(["v0", "v1", "v2"], FLOAT64)
        ['g1 = empty((2,))', 'fill1(g1, 0, v1, v2)', 'return (v0, g1)']
        """
        lines, results, start = [], [], 0
        for part, shape in enumerate(self.shapes):
            size = math.prod(shape)
            if not shape:
                results.append(outputs[0])
            else:
                values, made = outputs[start : start + size], f"empty({shape})"
                if part == 2:
                    values, made = self._table(outputs[start:])
                lines.append(f"g{part} = {made}")
                if len(values) == 1 == size:
                    lines.append(f"g{part}[{', '.join('0' * len(shape))}] = {values[0]}")
                elif values:
                    lines.append(f"fill{part}(g{part}, 0, {', '.join(values)})")
                text = f"spread(g{part})" if part == 2 and self._is_sparse else f"g{part}"
                results.append(text if dtype == FLOAT64 else f"narrow({text})")
            start += size
        return [*lines, f"return ({', '.join(results)})" if self.order else f"return {results[0]}"]

    @property
    def _is_sparse(self) -> bool:
        return self.inputs**2 > max(_SPARSE, 4 * len(self.entries))

    def _table(self, found: Sequence[str]) -> tuple[Sequence[str], str]:
        """The texts of the Hessian's rows; of its entries alone where most are zero."""
        n = self.inputs
        if self._is_sparse:
            return found, f"empty(({len(found)},))"
        rows = [["0.0"] * n for _ in range(n)]
        for (i, j), output in zip(self.entries, found):
            rows[i][j] = rows[j][i] = output
        return [entry for row in rows for entry in row], f"empty(({n}, {n}))"

    def table(self, dtype: Any) -> dict[str, Any]:
        """What these statements call."""
        found: dict[str, Any] = {"empty": np.empty, "narrow": lambda array: narrowed(array, dtype)}
        for part, shape in enumerate(self.shapes):
            size = len(self.entries) if part == 2 and self._is_sparse else math.prod(shape)
            found[f"fill{part}"] = struct.Struct(f"{size}d").pack_into
        if self.order > 1:
            i, j = np.array(self.entries or np.empty((0, 2)), int).T

            def spread(values: Any) -> Any:
                whole = np.zeros((self.inputs, self.inputs))
                whole[i, j] = whole[j, i] = values
                return whole

            found["spread"] = spread
        return found


def narrowed(array: Any, dtype: Any) -> Any:
    """An array in another precision; what is too large is infinite, without a warning."""
    with np.errstate(all="ignore"):
        return array.astype(dtype)
