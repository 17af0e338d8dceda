# SPDX-License-Identifier: Apache-2.0
"""Figures: one file each, measured beside a peer in one run, written to results/ with date, machine and versions."""
