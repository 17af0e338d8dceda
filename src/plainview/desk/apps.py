# SPDX-License-Identifier: Apache-2.0
"""The desk as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Its tables are called ``desk_…``."""

    name = "plainview.desk"
    label = "desk"
