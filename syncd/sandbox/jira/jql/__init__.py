"""JQL: `parse` reads a query, `compile_query` makes it a filter and an order."""

from syncd.sandbox.jira.jql.compile import Search, compile_query
from syncd.sandbox.jira.jql.context import Context
from syncd.sandbox.jira.jql.parser import JqlSyntaxError, parse

__all__ = ["Context", "JqlSyntaxError", "Search", "compile_query", "parse"]
