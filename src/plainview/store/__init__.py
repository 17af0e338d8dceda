# SPDX-License-Identifier: Apache-2.0
"""Where it is kept: vault (OCFL), ledger (SQLite or PostgreSQL), custody log."""
