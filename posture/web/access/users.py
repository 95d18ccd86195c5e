"""Who may sign in: the owner's list of users, and everybody's own password."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from posture.errors import PostureError
from posture.store.records import Role
from posture.web.access.admission import admission_of, signed_in_user, visitor_of
from posture.web.access.auth import repeated
from posture.web.access.security import known_id
from posture.web.forms import form_of
from posture.web.responses import Refused, page, status_of, words_of

_ROLES: dict[str, Role] = {"trainer": "trainer", "owner": "owner"}


async def add_user(request: Request) -> Response:
    """Add a user."""
    admission, form = admission_of(request), await form_of(request)
    try:
        signed_in_user(request)
        password = repeated(form.get("password", ""), form.get("again", ""))
        role = _ROLES.get(form.get("role", ""), "trainer")
        await run_in_threadpool(admission.store.users.add, form.get("name", ""), password, role)
    except PostureError as trouble:
        return await run_in_threadpool(users, request, trouble)
    return _seen("/users?saved")


async def delete_user(request: Request) -> Response:
    """Delete a user and end their sessions; never oneself."""
    admission, user_id = admission_of(request), known_id(request.path_params["user"])
    try:
        if user_id == signed_in_user(request).id:
            raise Refused("lan_not_yourself")
        await run_in_threadpool(admission.store.users.delete, user_id)
    except PostureError as trouble:
        return await run_in_threadpool(users, request, trouble)
    await run_in_threadpool(partial(admission.sessions.end_all, "user", user_id=user_id))
    return _seen("/users?saved")


async def give_password(request: Request) -> Response:
    """Give a user another password, who forgot theirs."""
    admission, user_id = admission_of(request), known_id(request.path_params["user"])
    form = await form_of(request)
    try:
        if user_id == signed_in_user(request).id:
            raise Refused("lan_own_password_elsewhere")
        password = repeated(form.get("password", ""), form.get("again", ""))
        await run_in_threadpool(admission.store.users.change_password, user_id, password)
    except PostureError as trouble:
        return await run_in_threadpool(users, request, trouble)
    await run_in_threadpool(partial(admission.sessions.end_all, "user", user_id=user_id))
    return _seen("/users?saved")


async def change_account(request: Request) -> Response:
    """Change one's own password and sign out everywhere else."""
    admission, form, user = admission_of(request), await form_of(request), signed_in_user(request)
    check = partial(admission.store.users.check_password, user.name, form.get("old", ""))
    try:
        password = repeated(form.get("password", ""), form.get("again", ""))
        if await admission.tried("password", request, check) is None:
            raise Refused("lan_wrong_password_own", status=HTTPStatus.FORBIDDEN)
        await run_in_threadpool(admission.store.users.change_password, user.id, password)
    except PostureError as trouble:
        return await run_in_threadpool(account, request, trouble)
    return await run_in_threadpool(_in_anew, request, user.id)


def _in_anew(request: Request, user_id: str) -> Response:
    """End every session of a user, and begin one where they changed their password."""
    admission = admission_of(request)
    admission.sessions.end_all("user", user_id=user_id)
    user, role = admission.store.users.get(user_id), visitor_of(request).role
    return admission.let_in(request, _seen("/account?saved"), "user", user, role)


def users(request: Request, refused: PostureError | None = None) -> Response:
    """List the users."""
    me = signed_in_user(request)
    return page(
        request,
        "users.html.j2",
        status=status_of(refused) if refused else HTTPStatus.OK,
        saved="saved" in request.query_params,
        refused=words_of(request).sentence(refused.reason) if refused else "",
        users=admission_of(request).store.users.all(),
        me=me,
    )


def account(request: Request, refused: PostureError | None = None) -> Response:
    """Show the form to change one's own password."""
    return page(
        request,
        "account.html.j2",
        status=status_of(refused) if refused else HTTPStatus.OK,
        saved="saved" in request.query_params,
        refused=words_of(request).sentence(refused.reason) if refused else "",
        me=signed_in_user(request),
    )


def _seen(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


routes: list[BaseRoute] = [
    Route("/users", users, methods=["GET"], name="users"),
    Route("/users", add_user, methods=["POST"]),
    Route("/users/{user}/delete", delete_user, methods=["POST"]),
    Route("/users/{user}/password", give_password, methods=["POST"]),
    Route("/account", account, methods=["GET"], name="account"),
    Route("/account", change_account, methods=["POST"]),
]
