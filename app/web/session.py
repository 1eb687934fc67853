"""Who looks at a page: the session cookie, the transaction in that officer's name, and forms that are theirs.

A form is the officer's own when the browser says that it comes from this site and it carries the token that
is derived from the session's secret; a foreign site can neither read nor guess it.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from app.database.transaction import Acting, Database
from app.errors import NotAllowed
from app.http.access import client_address
from app.notices import inbox
from app.organs.sign_in import officer_of_session
from app.web import words
from app.web.done import DONE
from app.web.pages import Frame, render
from app.web.places import places


class SignInNeededError(Exception):
    """Nobody is signed in; the page wanted is shown after sign-in. `timed_out`: somebody was."""

    def __init__(self, wanted: str, timed_out: bool) -> None:
        super().__init__(wanted)
        self.wanted, self.timed_out = wanted, timed_out


@dataclass(frozen=True)
class Visitor:
    """The signed-in officer behind a request."""

    request: Request
    db: Database
    officer_id: int
    secret: str

    @property
    def csrf(self) -> str:
        """What every form of this session carries."""
        return csrf_of(self.secret)

    def acting(self) -> AbstractAsyncContextManager[Acting]:
        """A transaction in the officer's name."""
        return self.db.acting(self.officer_id, client_address(self.request))

    async def page(self, tx: Acting, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """A page in its frame."""
        return render(template, status, frame=await self._frame(tx), me=tx.actor, **values)

    async def _frame(self, tx: Acting) -> Frame:
        actor = tx.actor
        return Frame(
            officer=actor.officer_name,
            organ=actor.organ_name,
            kind=actor.kind,
            roles=words.roles(actor.roles),
            places=places(actor),
            unread=await inbox.unread_count(tx),
            csrf=self.csrf,
            path=self.request.url.path,
            file_limit=self.request.app.state.settings.file_limit,
            upload_limit=self.request.app.state.settings.upload_limit,
            said=DONE.get(self.request.query_params.get("done", "")),
        )


def cookie_name(secure: bool) -> str:
    """`__Host-` binds the cookie to this host and to HTTPS."""
    return "__Host-xianjie" if secure else "xianjie"


def csrf_of(secret: str) -> str:
    """The token of a session's forms."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


async def visitor(request: Request) -> Visitor:
    """The signed-in officer. Raises SignInNeededError."""
    db: Database = request.app.state.database
    secret = request.cookies.get(cookie_name(request.app.state.settings.secure_cookie))
    officer_id = await officer_of_session(db, secret) if secret else None
    if secret is None or officer_id is None:
        raise SignInNeededError(_address(request), timed_out=secret is not None)
    return Visitor(request, db, officer_id, secret)


SignedIn = Annotated[Visitor, Depends(visitor)]


def check_origin(request: Request) -> None:
    """The browser must not say that the form comes from elsewhere. Raises NotAllowed."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site not in (None, "same-origin", "none")
    if foreign or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        raise form_not_trusted()


async def sent_form(request: Request, who: SignedIn) -> FormData:
    """The form of a POST, its token checked. Raises NotAllowed."""
    check_origin(request)
    token = request.headers.get("x-csrf-token")
    form = await request.form(max_files=10, max_fields=5000)
    given = token or form.get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given, who.csrf):
        raise form_not_trusted()
    return form


SentForm = Annotated[FormData, Depends(sent_form)]


def see(address: str, done: str | None = None, **more: str) -> Response:
    """Go to a page after an act; `done` names what to say there."""
    query = {**({"done": done} if done else {}), **more}
    tail = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    joint = ("&" if "?" in address else "?") if tail else ""
    return RedirectResponse(f"{address}{joint}{tail}", 303)


def is_partial(request: Request) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers


def query_without(request: Request, *names: str) -> dict[str, str]:
    """The filters of a list's address that are set, without these."""
    return {name: value for name, value in request.query_params.items() if value and name not in names}


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def form_not_trusted() -> NotAllowed:
    """The request is not from a page of this session."""
    return NotAllowed("form_not_trusted", "页面已失效或不是从本系统打开的，请刷新页面后重新提交。")
