# SPDX-License-Identifier: Apache-2.0
"""Accounts: made by an administrator, opened by a link that works once, bound to one name for good.

A password never passes through another person: the link lets its holder set one, and stops working
when that is done. The identity provider may log in only people who have an account here already.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import default_token_generator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from plainview.errors import WrongUsage
from plainview.model.roles import person_key

WELCOME = "/welcome/"


class Door(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Factors change after the password was typed again; who has only the provider's word sets up the first one."""
        user = self.request.user
        return bool(user.has_usable_password() or is_mfa_enabled(user))


class ProviderDoor(DefaultSocialAccountAdapter):
    """The provider vouches for who somebody is, never for whether they work here."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """An unknown person stays outside."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Tie the provider's person to the account whose log-in name is the provider's user name."""
        if sociallogin.is_existing:
            return
        said = sociallogin.account.extra_data
        name = (said.get("userinfo") or said).get("preferred_username", "")
        known = get_user_model().objects.filter(username__iexact=name, is_active=True).first() if name else None
        if known is not None:
            sociallogin.connect(request, known)


def login_name(agent: str) -> str:
    """``R. Ames`` logs in as ``r.ames``.

    >>> login_name("R. Ames")
    'r.ames'
    """
    kept = "".join(char if char.isalnum() else " " for char in agent.casefold())
    return ".".join(kept.split()) or "person"


def make_account(agent: str) -> Any:
    """An account without a password for a person; the one there is when it was never opened."""
    accounts = get_user_model().objects
    name = " ".join(agent.split())
    if not name:
        raise WrongUsage("an account needs a person's name")
    known = accounts.filter(person=person_key(name)).first()
    if known is not None:
        if known.has_usable_password():
            raise WrongUsage(f"{known.agent} has an account already and logs in as {known.username}")
        return known
    wanted, number = login_name(name), 1
    while accounts.filter(username=wanted if number == 1 else f"{wanted}{number}").exists():
        number += 1
    made = get_user_model()(
        username=wanted if number == 1 else f"{wanted}{number}", agent=name, person=person_key(name)
    )
    made.set_unusable_password()
    made.save()
    return made


def welcome_path(account: Any) -> str:
    """The address at which its owner opens an account; three days, and once."""
    key = urlsafe_base64_encode(str(account.pk).encode())
    return f"{WELCOME}{key}/{default_token_generator.make_token(account)}/"


def close_account(account: Any) -> None:
    """Nobody logs in with it any more; what was done under its name stays."""
    account.is_active = False
    account.set_unusable_password()
    account.save()


@login_not_required
def welcome(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """The owner of a new account sets its password."""
    account = _of(key)
    if account is None or not default_token_generator.check_token(account, token):
        raise Http404("this link was used already or is older than three days")
    form = SetPasswordForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect(reverse("account_login"))
    return render(request, "desk/welcome.html", {"form": form, "account": account})


def _of(key: str) -> Any:
    try:
        number = int(force_str(urlsafe_base64_decode(key)))
    except ValueError:
        return None
    return get_user_model().objects.filter(pk=number, is_active=True).first()
