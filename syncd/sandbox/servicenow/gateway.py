"""What every API call goes through: faults, sign-in, session, rate rules, semaphore, the time it takes, the handler.

Turns a `Call` into an `Answer` (or a `Hangup`). Knows no sockets; `edge` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from syncd.sandbox.servicenow import mischief
from syncd.sandbox.servicenow.authentication import Authentication
from syncd.sandbox.servicenow.call_log import CallLog, Logged, is_write
from syncd.sandbox.servicenow.exchange import Answer, Call, html, refusal
from syncd.sandbox.servicenow.faults import AFTER, BEFORE, Fault, Faults
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.limits import QueueFull, RateRules, Semaphore
from syncd.sandbox.servicenow.problems import Problem, api_acl, no_resource, not_acceptable, unscoped, wrong_method
from syncd.sandbox.servicenow.routing import OPEN, Found, Handler, Router
from syncd.sandbox.servicenow.sessions import Dropped, Session, Sessions

REST_ROLES = ("snc_platform_rest_api_access", "rest_service")
_ACCEPTED = ("*/*", "application/*", "json", "xml")
Work = Callable[[Call, Found | None], Awaitable[Answer]]
_OVERRIDABLE = ("GET", "PUT", "PATCH", "DELETE", "HEAD")


@dataclass(slots=True)
class Gateway:
    """The way in to the instance's APIs."""

    instance: Instance
    router: Router
    authentication: Authentication
    sessions: Sessions
    faults: Faults
    calls: CallLog
    rates: RateRules
    semaphore: Semaphore

    async def handle(self, call: Call) -> Answer:
        """The answer to a call from outside. May raise `Hangup`."""
        if call.url_length > self.instance.options.max_url:
            return html(414, "Request-URI Too Long", "The requested URL is longer than this server accepts.")
        call = self._lengthened(overridden(call))
        found = self.router.find(call.method, call.path)
        name, table = (found.name, found.table) if found else ("unknown", "")
        fault = self.faults.strike(call.method, table, call.path, name)
        status = 0
        try:
            answer = await self._faulty(call, found, fault, self._timed)
            status = answer.status
            return answer
        finally:
            kind = fault.kind if fault else ""
            self.calls.add(Logged(call.method, name, table, call.path, status, kind))

    async def item(self, call: Call, found: Found | None) -> Answer:
        """The answer to an item of a batch. Faults strike items, too; one that hangs up takes the whole batch along."""
        name, table = (found.name, found.table) if found else ("unknown", "")
        self.calls.batch_items[call.method, name] += 1
        fault = self.faults.strike(call.method, table, call.path, name)
        return await self._faulty(call, found, fault, self.work)

    async def work(self, call: Call, found: Found | None) -> Answer:
        """Run the handler of a call whose user is known, and word its refusal."""
        try:
            handler, name, arguments = self._checked(call, found)
            if is_write(call.method, name) and name != "batch":  # its items pay for themselves
                await asyncio.sleep(self.instance.options.write_cost)
            result = handler(call, **arguments)
            return result if isinstance(result, Answer) else await result
        except Problem as problem:
            return self.refused(call, problem)

    def refused(self, call: Call, problem: Problem) -> Answer:
        return refusal(call, problem, detail_null=self.instance.options.detail_null)

    async def _faulty(self, call: Call, found: Found | None, fault: Fault | None, work: Work) -> Answer:
        """`work`, with what a fault does before, within and after it."""
        if fault is None:
            return await work(call, found)
        if fault.kind in BEFORE:
            await asyncio.sleep(self.instance.options.latency)
            return mischief.instead_of(call, fault)
        if fault.kind in AFTER:
            good = await work(call, found) if fault.commits else Answer(200)
            return mischief.spoiled(call, fault, good)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        answer = await work(replace(call, effects=mischief.effects_of(fault)), found)
        if fault.kind == "other_edit" and found is not None:
            mischief.edited_by_another(self.instance, fault, found, answer)
        return answer

    async def _timed(self, call: Call, found: Found | None) -> Answer:
        """Half of the latency before the work and half after it, as on a wire."""
        half = self.instance.options.latency / 2
        if half:
            await asyncio.sleep(half)
        answer = await self._signed_in(call, found)
        if half:
            await asyncio.sleep(half)
        return answer

    async def _signed_in(self, call: Call, found: Found | None) -> Answer:
        if found is not None and found.route.resource == OPEN:
            return await self.work(call, found)
        known = self.sessions.known(call.header("cookie"))
        try:
            identity = self.authentication.identify(call, known)
        except Problem as problem:
            return self.refused(call, problem)
        session = known or self.sessions.open()
        session.user = identity.user
        try:
            async with self._admitted(session):
                answer = await self._limited(replace(call, user=identity.user, scoped=identity.scoped), found)
        except Dropped:
            return Answer(202)
        except QueueFull:
            return mischief.semaphore_full()
        if known is None:
            answer = answer.with_headers(*self.sessions.cookies(session, secure=call.base_url.startswith("https:")))
        return answer.with_headers(("X-Is-Logged-In", "true"))

    @asynccontextmanager
    async def _admitted(self, session: Session) -> AsyncIterator[None]:
        """First the session's turn, then a thread of the node."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.sessions.turn(session))
            await stack.enter_async_context(self.semaphore.slot())
            yield

    async def _limited(self, call: Call, found: Found | None) -> Answer:
        rule = self.rates.rule_for(found.route.resource, call.user) if found else None
        if rule is None:
            return await self.work(call, found)
        allowed, reset = self.rates.count(rule, call.user)
        if not allowed:
            wait = str(max(reset - int(self.instance.clock.now().timestamp()), 1))
            return mischief.rate_limited(call, rule.limit, wait, reset, rule.resource)
        answer = await self.work(call, found)
        return answer.with_headers(*mischief.rate_headers(rule.limit, reset))

    def _lengthened(self, call: Call) -> Call:
        """`sysparm_tiny` stands for a query that was shortened (facts 1.27)."""
        query = self.instance.tiny.get(call.param("sysparm_tiny"))
        if query is None:
            return call
        return replace(call, params={**dict(parse_qsl(query, keep_blank_values=True)), **call.params})

    def _checked(self, call: Call, found: Found | None) -> tuple[Handler, str, dict[str, str]]:
        """The handler that may run, with its name and arguments; or the refusal that comes before it."""
        if found is None:
            raise no_resource(call.path)
        if found.handler is None:
            raise wrong_method()
        if found.route.resource != OPEN:
            if call.scoped:
                raise unscoped()
            if not call.user.has(REST_ROLES):
                raise api_acl()
        accept = call.header("accept").lower()
        if accept and not found.route.any_accept and not any(kind in accept for kind in _ACCEPTED):
            raise not_acceptable()
        return found.handler, found.name, found.arguments


def overridden(call: Call) -> Call:
    """`X-HTTP-Method-Override`, for clients behind proxies that know only GET and POST (facts 1.3)."""
    wanted = call.header("x-http-method-override").upper()
    return replace(call, method=wanted) if call.method == "POST" and wanted in _OVERRIDABLE else call
