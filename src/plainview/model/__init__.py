# SPDX-License-Identifier: Apache-2.0
"""What a case is: frozen values and pure rules, standard library only.

Nothing here knows a disk, a clock, a database or an array. One word per thing; the words are
listed in ARCHITECTURE.md.
"""
