# SPDX-License-Identifier: Apache-2.0
"""How the desk is set up: one dictionary for Django, made from the office's folder and ``OFFICE/desk.json``.

What this module keeps true: log-in accounts and sessions are all that the desk's own database holds
(``OFFICE/desk.sqlite3``, or tables of the office's PostgreSQL); everything about a case is in the ledger.
Nothing is sent to another machine unless ``desk.json`` names an identity provider.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from plainview.errors import WrongUsage
from plainview.store.keys import load_keys
from plainview.store.ledger import django_database

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
FILE, DATABASE = "desk.json", "desk.sqlite3"


@dataclass(frozen=True, slots=True)
class Options:
    """What ``desk.json`` may say; every part has its default, and an unknown one is refused."""

    mfa_required: bool = False
    """Nobody sees a case before a second factor (one-time code or security key) is set up."""
    https: bool = False
    """The desk stands behind a server that speaks HTTPS and sends ``X-Forwarded-Proto``."""
    hosts: tuple[str, ...] = ()
    """Names by which browsers reach it, beside this machine's own."""
    accelerated: str = ""
    """The internal nginx location that stands for the office's vault, such as ``/vault/``; empty: the desk sends."""
    oidc: Mapping[str, str] = field(default_factory=dict)
    """``name``, ``server_url``, ``client_id``, ``secret`` of the agency's identity provider."""
    hours: int = 10
    """After so long a person logs in again."""


def options(root: Path) -> Options:
    """The office's choices; ``WrongUsage`` names what does not fit."""
    path = root / FILE
    if not path.is_file():
        return Options()
    try:
        said = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise WrongUsage(f"{path}: not JSON ({error.msg}, line {error.lineno})") from error
    known = {each.name for each in fields(Options)}
    unknown = sorted(set(said) - known)
    if unknown:
        raise WrongUsage(f"{path}: unknown setting {unknown[0]} (known: {', '.join(sorted(known))})")
    made = Options(**{**said, "hosts": tuple(said.get("hosts", ()))})
    missing = sorted({"name", "server_url", "client_id", "secret"} - set(made.oidc)) if made.oidc else []
    if missing:
        raise WrongUsage(f"{path}: oidc lacks {missing[0]}")
    return made


def django_settings(root: Path, chosen: Options) -> dict[str, Any]:
    """All that Django is told."""
    secret = load_keys(root / "keys").secret
    return {
        "SECRET_KEY": hmac.new(secret, b"plainview desk sessions and signed links", hashlib.sha512).hexdigest(),
        "DEBUG": False,
        "ALLOWED_HOSTS": [*LOOPBACK, *chosen.hosts],
        "DATABASES": {"default": django_database(_database(root))},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "ROOT_URLCONF": "plainview.desk.urls",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "INSTALLED_APPS": _APPS,
        "MIDDLEWARE": _MIDDLEWARE,
        "TEMPLATES": [_TEMPLATES],
        "STATIC_URL": "/static/",
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        "LOGGING_CONFIG": None,  # nothing of a case goes into a program's log
        **_accounts(chosen),
        **_transport(chosen),
    }


def _database(root: Path) -> str:
    """The office's PostgreSQL, or a file of the desk's own."""
    said = json.loads((root / "office.json").read_text())
    return os.environ.get("PLAINVIEW_DATABASE") or said.get("database") or str(root / DATABASE)


_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "plainview.desk",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "plainview.desk.guard.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "plainview.desk.guard.second_factor",
    "plainview.desk.guard.answers",
]

_TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [str(Path(__file__).parent / "templates")],
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
            "plainview.desk.guard.around",
        ],
        "builtins": ["plainview.desk.templatetags.told"],
    },
}


def _accounts(chosen: Options) -> dict[str, Any]:
    """Log-in: password, one-time code or security key, the agency's provider; nobody signs up."""
    return {
        "AUTH_USER_MODEL": "desk.Account",
        "AUTHENTICATION_BACKENDS": [
            "django.contrib.auth.backends.ModelBackend",
            "allauth.account.auth_backends.AuthenticationBackend",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": extra}
            for name, extra in (
                ("UserAttributeSimilarityValidator", {}),
                ("MinimumLengthValidator", {"min_length": 12}),
                ("CommonPasswordValidator", {}),
            )
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "/",
        "ACCOUNT_LOGOUT_REDIRECT_URL": "/account/login/",
        "ACCOUNT_ADAPTER": "plainview.desk.accounts.Door",
        "SOCIALACCOUNT_ADAPTER": "plainview.desk.accounts.ProviderDoor",
        "ACCOUNT_LOGIN_METHODS": {"username"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "password1*", "password2*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 900,
        "ACCOUNT_RATE_LIMITS": {"login": "60/m/ip", "login_failed": "20/m/ip,5/5m/key"},
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_TOTP_ISSUER": "plainview desk",
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not chosen.https,
        "PLAINVIEW_MFA_REQUIRED": chosen.mfa_required,
        "PLAINVIEW_ACCELERATED": chosen.accelerated,
        "PLAINVIEW_PROVIDER": _origin(chosen.oidc["server_url"]) if chosen.oidc else "",
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"APPS": [_provider(chosen.oidc)]}} if chosen.oidc else {},
        "SOCIALACCOUNT_AUTO_SIGNUP": False,
        "SOCIALACCOUNT_ONLY": False,
    }


def _origin(address: str) -> str:
    """``https://login.example`` of an address there.

    >>> _origin("https://login.example/realms/police")
    'https://login.example'
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _provider(said: Mapping[str, str]) -> dict[str, Any]:
    return {
        "provider_id": "agency",
        "name": said["name"],
        "client_id": said["client_id"],
        "secret": said["secret"],
        "settings": {"server_url": said["server_url"], "oauth_pkce_enabled": True},
    }


def _transport(chosen: Options) -> dict[str, Any]:
    """Cookies and headers: strict everywhere, and bound to HTTPS where there is HTTPS."""
    made: dict[str, Any] = {
        "SESSION_COOKIE_AGE": chosen.hours * 3600,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "X_FRAME_OPTIONS": "DENY",
        "CSRF_TRUSTED_ORIGINS": [f"https://{host}" for host in chosen.hosts],
        "CSRF_FAILURE_VIEW": "plainview.desk.guard.forged",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 4 << 20,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 4000,
    }
    if chosen.https:
        made |= {
            "SECURE_SSL_REDIRECT": True,
            "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
            "SECURE_HSTS_SECONDS": 31_536_000,
            "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
            "SECURE_HSTS_PRELOAD": True,
            "ALLAUTH_TRUSTED_PROXY_COUNT": 1,  # wrong log-ins are counted for each caller, not for the whole office
            "SESSION_COOKIE_SECURE": True,
            "CSRF_COOKIE_SECURE": True,
        }
    return made
