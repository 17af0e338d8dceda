# SPDX-License-Identifier: Apache-2.0
"""The one table of the desk's own beside sessions and factors: who may log in, and under which name they act."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class Account(AbstractUser):
    """A log-in. ``agent`` is the name in the custody log; what it may do follows from the office's roles alone."""

    agent = models.CharField(max_length=150)
    person = models.CharField(max_length=150, unique=True)
    """``roles.person_key`` of the agent: one person, one account."""
    tastes = models.CharField(max_length=60, default="mute grey small", blank=True)
    """How originals open for this person (``people.TASTES``)."""

    def __str__(self) -> str:
        return str(self.agent)
