"""Cuts a query into tokens and knows where each stands: Jira's messages name line and character."""

from __future__ import annotations

from dataclasses import dataclass

SYMBOLS = ("&&", "||", "!=", "!~", "<=", ">=", "=", "~", "<", ">", "(", ")", ",", "!", "&", "|", "[", "]")
RESERVED_CHARACTERS = "{}*/%+^$#@?;"
RESERVED_WORDS = frozenset(
    """
    abort access add after alias all alter and any as asc audit avg before begin between boolean break by byte
    catch cf char character check checkpoint collate collation column commit connect continue count create current
    date decimal declare decrement default defaults define delete delimiter desc difference distinct divide do
    double drop else empty encoding end equals escape exclusive exec execute exists explain false fetch file field
    first float for from function go goto grant greater group having identified if immediate in increment index
    initial inner inout input insert int integer intersect intersection into is isempty isnull join last left less
    like limit lock long max min minus mode modify modulo more multiply next noaudit not notin nowait null number
    object of on option or order outer output power previous prior privileges public raise raw remainder rename
    resource return returns revoke right row rowid rownum rows select session set share size sqrt start strict
    string subtract sum synonym table then to trans transaction trigger true uid union unique update user validate
    values view when whenever where while with
    """.split()  # noqa: SIM905 - a list of 150 quoted words is no easier to read
)


class JqlSyntaxError(Exception):
    """The query is malformed; no site and no user could make sense of it."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # word | string | symbol | end
    text: str
    line: int
    column: int

    @property
    def place(self) -> str:
        return f"(line {self.line}, character {self.column})"

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind == "symbol" and self.text in symbols


def tokens(text: str) -> list[Token]:
    """All tokens, ended by one of kind "end"."""
    found: list[Token] = []
    position, line, line_start = 0, 1, 0
    while position < len(text):
        char = text[position]
        column = position - line_start + 1
        if char == "\n":
            line, line_start = line + 1, position + 1
        if char.isspace():
            position += 1
        elif char in "\"'":
            value, position = _string(text, position, line, column)
            found.append(Token("string", value, line, column))
        elif symbol := next((s for s in SYMBOLS if text.startswith(s, position)), None):
            found.append(Token("symbol", symbol, line, column))
            position += len(symbol)
        elif char in RESERVED_CHARACTERS:
            raise _reserved_character(char, line, column)
        else:
            value, position = _word(text, position, line, line_start)
            found.append(Token("word", value, line, column))
    found.append(Token("end", "", line, len(text) - line_start + 1))
    return found


def _string(text: str, start: int, line: int, column: int) -> tuple[str, int]:
    quote = text[start]
    value: list[str] = []
    position = start + 1
    while position < len(text):
        char = text[position]
        if char == quote:
            return "".join(value), position + 1
        if char == "\\":
            piece, position = _escape(text, position, line, column)
            value.append(piece)
        else:
            value.append(char)
            position += 1
    raise JqlSyntaxError(
        f"Error in the JQL Query: The quoted string '{''.join(value)}' has not been completed. "
        f"(line {line}, character {column})"
    )


_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", '"': '"', "'": "'", " ": " "}


def _escape(text: str, start: int, line: int, column: int) -> tuple[str, int]:
    letter = text[start + 1 : start + 2]
    if letter == "u":
        digits = text[start + 2 : start + 6]
        if len(digits) == 4 and all(d in "0123456789abcdefABCDEF" for d in digits):
            return chr(int(digits, 16)), start + 6
    if letter in _ESCAPES:
        return _ESCAPES[letter], start + 2
    raise JqlSyntaxError(
        f"Error in the JQL Query: '\\{letter}' is an illegal JQL escape sequence. The valid escape sequences are "
        f"\\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX. (line {line}, character {column})"
    )


def _word(text: str, start: int, line: int, line_start: int) -> tuple[str, int]:
    position = start
    value: list[str] = []
    while position < len(text):
        char = text[position]
        if char.isspace() or char in "=!<>~,()\"'&|[]":
            break
        if char in RESERVED_CHARACTERS:
            raise _reserved_character(char, line, position - line_start + 1)
        if char == "\\":
            piece, position = _escape(text, position, line, position - line_start + 1)
            value.append(piece)
            continue
        value.append(char)
        position += 1
    return "".join(value), position


def _reserved_character(char: str, line: int, column: int) -> JqlSyntaxError:
    return JqlSyntaxError(
        f"Error in the JQL Query: The character '{char}' is a reserved JQL character. You must enclose it in a string "
        f"or use the escape '\\u{ord(char):04x}' instead. (line {line}, character {column})"
    )
