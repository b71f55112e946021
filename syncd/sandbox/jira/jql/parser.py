"""Reads JQL by recursive descent. Says what is malformed in Jira's words; whether names exist is not its business."""

from __future__ import annotations

from syncd.sandbox.jira.jql.ast import And, Clause, Empty, Function, Literal, Node, Not, Operand, Or, Query, Sort
from syncd.sandbox.jira.jql.lexer import RESERVED_WORDS, JqlSyntaxError, Token, tokens

_OPERATORS = ("=", "!=", "<", ">", "<=", ">=", "~", "!~")
_OPERATOR_LIST = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"
_DEEPEST = 60


def parse(text: str) -> Query:
    """The query, or JqlSyntaxError."""
    return _Parser(tokens(text)).query()


class _Parser:
    def __init__(self, stream: list[Token]) -> None:
        self._stream = stream
        self._position = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._stream[self._position]

    def _take(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._position += 1
        return token

    def query(self) -> Query:
        where = None
        if not self._next.is_word("order") and self._next.kind != "end":
            where = self._either()
        order: tuple[Sort, ...] = ()
        if self._next.is_word("order"):
            order = self._order()
        if self._next.kind != "end":
            raise self._unexpected("Expecting either 'OR' or 'AND'")
        return Query(where, order)

    def _either(self) -> Node:
        items = [self._both()]
        while self._next.is_word("or") or self._next.is_symbol("||", "|"):
            self._take()
            items.append(self._both())
        return items[0] if len(items) == 1 else Or(tuple(items))

    def _both(self) -> Node:
        items = [self._single()]
        while self._next.is_word("and") or self._next.is_symbol("&&", "&"):
            self._take()
            items.append(self._single())
        return items[0] if len(items) == 1 else And(tuple(items))

    def _single(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise JqlSyntaxError("Error in the JQL Query: The query is nested too deeply.")
        try:
            if self._next.is_word("not") or self._next.is_symbol("!"):
                self._take()
                return Not(self._single())
            if self._next.is_symbol("("):
                self._take()
                inner = self._either()
                self._expect(")")
                return inner
            return self._clause()
        finally:
            self._depth -= 1

    def _clause(self) -> Clause:
        field = self._field()
        token = self._take()
        if token.is_symbol(*_OPERATORS):
            return Clause(field, token.text, (self._operand(),))
        if token.is_word("in"):
            return Clause(field, "in", self._list())
        if token.is_word("not") and self._next.is_word("in"):
            self._take()
            return Clause(field, "not in", self._list())
        if token.is_word("is"):
            operator = "is"
            if self._next.is_word("not"):
                self._take()
                operator = "is not"
            return Clause(field, operator, (self._operand(),))
        self._position -= token.kind != "end"
        raise self._unexpected("Expecting operator", f" The valid operators are {_OPERATOR_LIST}.")

    def _field(self) -> str:
        token = self._take()
        if token.is_word("cf") and self._next.is_symbol("["):
            self._take()
            number = self._take()
            self._expect("]")
            return f"cf[{number.text}]"
        if token.kind == "string":
            return token.text
        if token.kind != "word":
            self._position -= token.kind != "end"
            raise self._unexpected("Expecting a field name")
        self._refuse_reserved(token)
        return token.text

    def _operand(self) -> Operand:
        token = self._take()
        if token.kind == "string":
            return self._called(token) if self._next.is_symbol("(") else Literal(token.text, quoted=True)
        if token.is_word("empty", "null"):
            return Empty()
        if token.kind != "word":
            self._position -= token.kind != "end"
            raise self._unexpected("Expecting either a value, list or function")
        if self._next.is_symbol("("):
            return self._called(token)
        self._refuse_reserved(token)
        return Literal(token.text, quoted=False)

    def _called(self, name: Token) -> Function:
        self._expect("(")
        arguments: list[str] = []
        while not self._next.is_symbol(")"):
            token = self._take()
            if token.kind not in ("word", "string"):
                self._position -= token.kind != "end"
                raise self._unexpected("Expecting a function argument")
            arguments.append(token.text)
            if self._next.is_symbol(","):
                self._take()
        self._expect(")")
        return Function(name.text, tuple(arguments))

    def _list(self) -> tuple[Operand, ...]:
        if not self._next.is_symbol("("):
            operand = self._operand()
            if isinstance(operand, Function):
                return (operand,)
            raise JqlSyntaxError("Error in the JQL Query: Operator 'in' expects a list or a function.")
        self._expect("(")
        items = [self._operand()]
        while self._next.is_symbol(","):
            self._take()
            items.append(self._operand())
        self._expect(")")
        return tuple(items)

    def _order(self) -> tuple[Sort, ...]:
        self._take()
        if not self._next.is_word("by"):
            raise self._unexpected("Expecting 'BY'")
        self._take()
        sorts: list[Sort] = []
        while True:
            field = self._field()
            descending = self._next.is_word("desc")
            if self._next.is_word("asc", "desc"):
                self._take()
            sorts.append(Sort(field, descending))
            if not self._next.is_symbol(","):
                return tuple(sorts)
            self._take()

    def _expect(self, symbol: str) -> None:
        if not self._next.is_symbol(symbol):
            raise self._unexpected(f"Expecting '{symbol}'")
        self._take()

    def _refuse_reserved(self, token: Token) -> None:
        if token.text.lower() in RESERVED_WORDS:
            raise JqlSyntaxError(
                f"Error in the JQL Query: '{token.text}' is a reserved JQL word. You must surround it in quotation "
                f"marks to use it in a query. {token.place}"
            )

    def _unexpected(self, expected: str, hint: str = "") -> JqlSyntaxError:
        token = self._next
        if token.kind == "end":
            return JqlSyntaxError(f"Error in the JQL Query: {expected} before the end of the query.{hint}")
        return JqlSyntaxError(f"Error in the JQL Query: {expected} but got '{token.text}'.{hint} {token.place}")


__all__ = ["JqlSyntaxError", "parse"]
