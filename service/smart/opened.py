"""An open record in the hands of a request: its session, and how its token is renewed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from service.client import Limits, Server, connect
from service.client.scopes import WRITTEN, covers_writing
from service.client.user import Client, TokenRefused, UserToken, ask_token
from service.outgoing.reach import Reach
from service.outgoing.transport import Transport
from service.smart.keeper import Keeper, csrf
from service.smart.launch import LONGEST_S
from service.smart.session import Session

#: A worker waits with the user, and is replaced when it is silent for longer than 30 s.
LIMITS = Limits(
    pages=500,
    entries=20_000,
    answer_bytes=32 * 1024 * 1024,
    record_bytes=64 * 1024 * 1024,
    connect_seconds=3,
    read_seconds=12,
    answer_seconds=15,
    tries=2,
    backoff_seconds=0.2,
    pause_seconds=2,
    total_seconds=22,
)


@dataclass(frozen=True)
class Opened:
    """A record that a user has opened."""

    session: Session
    client: Client
    keeper: Keeper = field(repr=False)
    secret: str = field(repr=False)
    handle: str = field(repr=False)
    reach: Reach
    limits: Limits = LIMITS

    @property
    def csrf(self) -> str:
        return csrf(self.secret, self.handle)

    @property
    def may_write(self) -> bool:
        """Whether everything that an answer consists of may be written."""
        return all(covers_writing(self.session.scope, kind) for kind in WRITTEN)

    def connect(self) -> Server:
        """The server, in the rights of the user.

        Raises:
            ExchangeFailed: it does not answer.
        """
        session = self.session
        # Asked for anew a little before its end, so that none runs out on its way.
        token = UserToken(session.access_token, session.until - 10, session.scope, partial(_renewed, self))
        return connect(session.server, token, self.limits, reach=self.reach)


def _renewed(opened: Opened, transport: Transport) -> tuple[str, float] | None:
    """Another token for the session, or None where its user has to open the record again.

    Raises:
        ExchangeFailed: the authorization server does not answer.
        Unavailable: the database does not.
    """
    now = time.time()
    session = _kept(opened, now)
    if session is None or _is_newer(session, opened, now):
        return (session.access_token, session.until) if session else None
    if session.refresh_token is None:
        return None
    form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token}
    try:
        grant = ask_token(transport.also(session.token_endpoint), session.token_endpoint, opened.client, form)
    except TokenRefused as refused:
        # Servers take a refresh token once, and another request may have been first.
        session = _kept(opened, now)
        if session is not None and _is_newer(session, opened, now):
            return session.access_token, session.until
        if refused.status is not None and refused.status < 500:
            return None
        raise
    until = now + min(grant.expires_in, LONGEST_S)
    newer = replace(
        session,
        access_token=grant.access_token,
        until=until,
        scope=grant.scope or session.scope,
        refresh_token=grant.refresh_token or session.refresh_token,
    )
    opened.keeper.replace_session(opened.secret, opened.handle, newer)
    return grant.access_token, until


def _kept(opened: Opened, now: float) -> Session | None:
    return opened.keeper.session(opened.secret, opened.handle, datetime.fromtimestamp(now, UTC))


def _is_newer(session: Session, opened: Opened, now: float) -> bool:
    """Whether another request has renewed the token meanwhile."""
    return session.access_token != opened.session.access_token and session.until > now
