"""Pages for signing in and out."""

from __future__ import annotations

from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from tollkeeper.accounts import services
from tollkeeper.accounts.addresses import own_path
from tollkeeper.accounts.errors import DeadLink, TooManyTries, WrongPassword
from tollkeeper.accounts.forms import LinkForm, NewPasswordForm, PasswordForm
from tollkeeper.accounts.limits import network_of
from tollkeeper.accounts.models import Person
from tollkeeper.accounts.sessions import end_others, end_sign_in, note_sign_in, sign_ins_of
from tollkeeper.core.clock import now
from tollkeeper.core.errors import Refusal

LINK_KEY = "accounts.link"
SENT_KEY = "accounts.link_sent_to"
PROVEN_KEY = "accounts.proven_at"
PROVEN_SECONDS = 30 * 60
"""So long after a sign-in by link nobody is asked for the old password: the way back for who forgot it."""

_WITH_PASSWORD = "django.contrib.auth.backends.ModelBackend"  # noqa: S105  # a class, not a password
_WITH_LINK = "sesame.backends.ModelBackend"

Form = TypeVar("Form", LinkForm, PasswordForm)


@never_cache
@sensitive_post_parameters("password-password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """One page, two ways: a link by mail, or a password."""
    path = own_path(request.POST.get("next") or request.GET.get("next"))
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(path)
        return _sign_in_page(request, path, LinkForm(), PasswordForm())
    if request.POST.get("way") == "password":
        return _with_password(request, path)
    return _with_link(request, path)


@never_cache
@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    """Says that a mail is on its way, and to which address, so that a slip of the finger is seen."""
    return render(
        request,
        "accounts/link_sent.html",
        {"email": request.session.get(SENT_KEY, ""), "minutes": services.LINK_MINUTES},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Where a sign-in link lands: a page with one button.

    Mail programs open links to preview them, so opening changes nothing. The token leaves the address at once and waits
    in the session: nothing on the page can pass it on, and the button's form keeps its protection against forgery
    (a page sent with `no-referrer` posts `Origin: null`, which that protection refuses).
    """
    if request.method != "POST" and "token" in request.GET:
        request.session[LINK_KEY] = [request.GET["token"][:200], own_path(request.GET.get("next"))]
        response = redirect("accounts:link")
        response["Referrer-Policy"] = "no-referrer"
        return response
    token, path = request.session.get(LINK_KEY, ["", own_path(None)])
    try:
        if request.method == "POST":
            person = services.use_link(token)
            return _signed_in(request, person, path, backend=_WITH_LINK)
        person = services.reader_of_link(token)
    except DeadLink as error:
        return _dead_link(request, error, path)
    return render(request, "accounts/link.html", {"person": person})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Signs out; opened by address, it asks first, since any page can make a browser open an address."""
    if request.method != "POST":
        return render(request, "accounts/sign_out.html")
    logout(request)
    messages.success(request, gettext("You are signed out."))
    return redirect("/")


@never_cache
@login_required
@sensitive_post_parameters("old", "new")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Chooses a password."""
    person = cast("Person", request.user)
    asks_old = person.has_usable_password() and not _proven_just_now(request)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, person=person, asks_old=asks_old)
    status = 200
    if form.is_bound:
        status = _changed_password(request, person, form)
        if status == 303:
            messages.success(request, gettext("Your new password is set. Other devices are signed out."))
            return _see(own_path(None))
    return render(request, "accounts/password.html", {"form": form}, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def devices(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in; a button ends one, or all but this."""
    person = cast("Person", request.user)
    if request.method == "POST":
        _end_asked(request, person)
        return _see(reverse("accounts:devices"))
    shown = [(one, one.session_id == request.session.session_key) for one in sign_ins_of(person)]
    return render(request, "accounts/devices.html", {"devices": shown})


def _end_asked(request: HttpRequest, person: Person) -> None:
    asked = request.POST.get("end", "")
    if asked == "others":
        end_others(person, keep=request.session.session_key)
        messages.success(request, gettext("You are signed out everywhere else."))
        return
    try:
        end_sign_in(person, UUID(asked))
    except ValueError:
        return  # no button of ours says that; the page shows what is so
    messages.success(request, gettext("That device is signed out."))


def _with_password(request: HttpRequest, path: str) -> HttpResponse:
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, path, LinkForm(), form, status=422)
    try:
        person = services.check_password(**form.cleaned_data, network=_network(request))
    except (WrongPassword, TooManyTries) as error:
        return _refused(
            _sign_in_page(request, path, LinkForm(), _with_error(form, error), status=error.http_status), error
        )
    return _signed_in(request, person, path, backend=_WITH_PASSWORD)


def _with_link(request: HttpRequest, path: str) -> HttpResponse:
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, path, form, PasswordForm(), status=422)
    email = form.cleaned_data["email"]
    try:
        services.send_sign_in_link(
            email=email, next_path=path, language=get_language() or "en", network=_network(request)
        )
    except TooManyTries as error:
        return _refused(_sign_in_page(request, path, _with_error(form, error), PasswordForm(), status=429), error)
    request.session[SENT_KEY] = email
    return redirect("accounts:link_sent")


def _signed_in(request: HttpRequest, person: Person, path: str, *, backend: str) -> HttpResponse:
    """Sign the person in, under a new session key; what this browser bought as a guest stays in the session."""
    login(request, person, backend=backend)
    for key in (LINK_KEY, SENT_KEY, PROVEN_KEY):
        request.session.pop(key, None)
    if backend == _WITH_LINK:
        request.session[PROVEN_KEY] = now().timestamp()
    return _see(path)


def _dead_link(request: HttpRequest, error: DeadLink, path: str) -> HttpResponse:
    request.session.pop(LINK_KEY, None)
    context = {"sentence": error.sentence, "form": LinkForm(), "next": path}
    return render(request, "accounts/dead_link.html", context, status=error.http_status)


def _changed_password(request: HttpRequest, person: Person, form: NewPasswordForm) -> int:
    if not form.is_valid():
        return 422
    if "old" in form.cleaned_data:
        try:
            services.check_password(email=person.email, password=form.cleaned_data["old"], network=_network(request))
        except WrongPassword:
            form.add_error("old", gettext("This is not the password you have now."))
            return 422
        except TooManyTries as error:
            form.add_error(None, error.sentence)
            return error.http_status
    services.set_password(person, password=form.cleaned_data["new"])
    end_others(person, keep=request.session.session_key)
    update_session_auth_hash(request, person)
    note_sign_in(request, person)
    request.session.pop(PROVEN_KEY, None)
    return 303


def _sign_in_page(
    request: HttpRequest, path: str, link_form: LinkForm, password_form: PasswordForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"link_form": link_form, "password_form": password_form, "next": path}
    return render(request, "accounts/sign_in.html", context, status=status)


def _with_error(form: Form, error: Refusal) -> Form:
    form.add_error(None, error.sentence)
    return form


def _refused(response: HttpResponse, error: Refusal) -> HttpResponse:
    if isinstance(error, TooManyTries):
        response["Retry-After"] = str(error.wait_seconds)
    return response


def _proven_just_now(request: HttpRequest) -> bool:
    proven_at: float = request.session.get(PROVEN_KEY, 0.0)
    return 0 <= now().timestamp() - proven_at < PROVEN_SECONDS


def _network(request: HttpRequest) -> str:
    return network_of(request.META.get("REMOTE_ADDR"))


def _see(path: str) -> HttpResponse:
    response = HttpResponseRedirect(path)
    response.status_code = 303
    return response
