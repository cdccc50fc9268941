"""A place in a list of tokens: moving on, looking ahead, refusing what stands there. What it means is the grammar's."""

from typing import NoReturn

from symgrad.errors import ReadError
from symgrad.syntax.tokens import ReadOptions, Token, refuse


class Cursor:
    """One way through one list of tokens, with the depth of nesting on it."""

    def __init__(self, tokens: list[Token], source: str, options: ReadOptions) -> None:
        self.tokens = tokens
        self.source = source
        self.options = options
        self.at = 0
        self.token = tokens[0]
        self.depth = 0

    def advance(self) -> Token:
        token = self.token
        self.at += 1
        self.token = self.tokens[self.at]
        return token

    def peek(self, ahead: int = 1) -> Token:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else self.tokens[-1]

    def expect(self, kind: str, what: str) -> Token:
        if self.token.kind != kind:
            self.fail(f"{what} is missing here.")
        return self.advance()

    def fail(self, what: str, hint: str | None = None, token: Token | None = None) -> NoReturn:
        raise refuse(self.source, token or self.token, what, hint)

    def unexpected(self) -> ReadError:
        token = self.token
        if token.kind == "end":
            where = self.tokens[self.at - 1] if self.at else token
            return refuse(
                self.source, (where.stop, where.stop + 1), "The formula ends too early.", "Something is missing."
            )
        names = {
            ")": "closes no bracket",
            ">|": "closes no bar",
            ",": "has no place here",
            "keyword": "has no place here",
        }
        why = names.get(token.kind, "cannot stand here")
        before, after = self.tokens[self.at - 1], self.peek()
        if (
            token.kind == ","
            and before.kind == after.kind == "number"
            and before.stop == token.start == after.start - 1
        ):
            hint = (
                f"Write {before.text}.{after.text} or {before.text}{after.text}; decimal_comma reads 3,5 as a number."
            )
            return refuse(self.source, token, f"'{token.text}' {why}.", hint)
        return refuse(self.source, token, f"'{token.text}' {why}.", "Check the symbol before it.")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > self.options.budgets.nesting:
            raise self.options.budgets.exceeded(
                "nesting",
                "The formula is nested very deep",
                source=self.source,
                span=(self.token.start, self.token.stop),
            )

    def inside_bracket(self) -> tuple[list[Token], bool]:
        """The tokens of the bracket that opens here, and whether commas separate them."""
        inside: list[Token] = []
        depth, commas = 0, False
        for k in range(self.at, len(self.tokens)):
            token = self.tokens[k]
            kind = token.kind
            if kind in ("(", "[", "{"):
                depth += 1
            elif kind in (")", "]", "}"):
                depth -= 1
                if depth == 0:
                    break
            elif kind in (",", ";") and depth == 1:
                commas = True
            if k > self.at:
                inside.append(token)
        return inside, commas
