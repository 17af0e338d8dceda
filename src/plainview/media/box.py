# SPDX-License-Identifier: Apache-2.0
"""A box for the process that decodes hostile files: what it cannot reach it cannot leak or harm.

What this module keeps true, on Linux, for the process that calls ``enter`` (it cannot be undone):

1. Files: only the paths named can be read, only the folders named can be written (Landlock).
2. No network, no new program, no new process, no reaching into another process (seccomp).
3. Memory, processor time, file size and open files are bounded, and no core is dumped (limits).
4. It dies with its parent.

What the machine cannot give is not pretended: ``BoxReport.missing`` says it in sentences. Enter
before threads are started: a thread that is already running stays outside.

>>> enter(read=[recording], write=[folder], memory=4 << 30, cpu_seconds=600).missing  # doctest: +SKIP
()
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import os
import platform
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_EXECUTE = 1 << 0
_OF_FILES = _EXECUTE | 1 << 1 | _READ_FILE | 1 << 14 | 1 << 15
"""The rights that make sense on a file rather than a folder: execute, write, read, truncate, ioctl."""

_KNOWN_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
"""File rights each Landlock version can hold; later versions hold sixteen."""

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_PR_PDEATHSIG, _PR_SECCOMP, _PR_NO_NEW_PRIVS = 1, 22, 38

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name: (number on x86_64, number on aarch64); -1 where there is none.
_DENIED = {
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242), "bind": (49, 200),
    "listen": (50, 201), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, -1), "vfork": (58, -1),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "tkill": (200, 130),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268),
    "unshare": (272, 97), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "quotactl": (179, 60),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "reboot": (169, 142),
    "swapon": (167, 224), "acct": (163, 89), "settimeofday": (170, 170), "personality": (135, 92),
}  # fmt: skip

_CLONE, _CLONE3, _KILL, _TGKILL = (56, 220), (435, 435), (62, 129), (234, 131)
_CLONE_THREAD = 0x10000


@dataclass(frozen=True, slots=True)
class BoxReport:
    """What holds the process now. ``landlock`` is the kernel's version of it, 0 when there is none."""

    landlock: int
    seccomp: bool
    limits: tuple[str, ...]
    missing: tuple[str, ...]
    """One sentence for each protection this machine could not give."""


def enter(
    *,
    read: Sequence[Path],
    write: Sequence[Path],
    memory: int,
    cpu_seconds: int,
    file_size: int = 64 << 30,
    open_files: int = 256,
) -> BoxReport:
    """Shut this process in for the rest of its life. Sizes in bytes; paths that do not exist are skipped.

    The interpreter, this package and the system's libraries stay readable; nothing else does.
    """
    missing: list[str] = []
    limits = _limit(memory=memory, cpu_seconds=cpu_seconds, file_size=file_size, open_files=open_files, missing=missing)
    if sys.platform != "linux":
        missing.append(f"files, network and programs are not confined: {sys.platform} has no Landlock or seccomp")
        return BoxReport(0, False, limits, tuple(missing))
    if sum(1 for _ in Path("/proc/self/task").iterdir()) > 1:
        missing.append("threads were running before the box was entered: they are outside it")
    libc = ctypes.CDLL(None, use_errno=True)
    _control(libc, _PR_PDEATHSIG, 9)
    if _control(libc, _PR_NO_NEW_PRIVS, 1) != 0:
        missing.append("privileges could not be given up: files, network and programs are not confined")
        return BoxReport(0, False, limits, tuple(missing))
    version = _confine_files(libc, [*runtime_paths(), *read], write, missing)
    return BoxReport(version, _confine_calls(libc, missing), limits, tuple(missing))


def _control(libc: ctypes.CDLL, option: int, *values: int) -> int:
    """``prctl``, whose variable arguments must be whole machine words."""
    words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return int(libc.prctl(ctypes.c_int(option), *words))


def runtime_paths() -> list[Path]:
    """What Python, its packages and their native libraries read while they run."""
    named = [sys.prefix, sys.base_prefix, *(entry for entry in sys.path if entry), str(Path(__file__).parents[2])]
    system = [
        "/usr/lib", "/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
        "/usr/share/zoneinfo", "/dev/urandom", "/dev/null", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
        "/proc/stat", "/proc/sys/vm", "/proc/sys/kernel/random", "/sys/devices/system", "/sys/fs/cgroup",
        "/sys/kernel/mm/transparent_hugepage",
    ]  # fmt: skip
    return [path for name in dict.fromkeys([*named, *system]) if (path := Path(name)).exists()]


def _limit(*, memory: int, cpu_seconds: int, file_size: int, open_files: int, missing: list[str]) -> tuple[str, ...]:
    try:
        resource = importlib.import_module("resource")
    except ImportError:
        missing.append("memory and processor time are not bounded: this system has no resource limits")
        return ()
    set_ones = []
    wanted = {
        "RLIMIT_AS": memory, "RLIMIT_CPU": cpu_seconds, "RLIMIT_FSIZE": file_size, "RLIMIT_NOFILE": open_files,
        "RLIMIT_CORE": 0,
    }  # fmt: skip
    for name, value in wanted.items():
        try:
            kind = getattr(resource, name)
            _, hard = resource.getrlimit(kind)
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (bound, bound))
            set_ones.append(name.removeprefix("RLIMIT_").lower())
        except (AttributeError, ValueError, OSError):
            missing.append(f"the limit {name} could not be set")
    return tuple(set_ones)


def _confine_files(libc: ctypes.CDLL, read: Sequence[Path], write: Sequence[Path], missing: list[str]) -> int:
    version = libc.syscall(ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        missing.append("files are not confined: this kernel has no Landlock, or it is switched off")
        return 0
    rights = _KNOWN_RIGHTS.get(version, (1 << 16) - 1)
    # Handled: file rights; from version 4 binding and connecting; from 6 abstract sockets and signals.
    attributes = struct.pack("QQQ", rights, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(ctypes.c_long(_LANDLOCK_CREATE), attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        missing.append(f"files are not confined: {os.strerror(ctypes.get_errno())}")
        return 0
    try:
        for path in read:
            _allow(libc, ruleset, path, (_READ_FILE | _READ_DIR) & rights)
        for path in write:
            _allow(libc, ruleset, path, rights & ~_EXECUTE)
        if libc.syscall(ctypes.c_long(_LANDLOCK_RESTRICT), ctypes.c_int(ruleset), ctypes.c_uint32(0)) != 0:
            missing.append(f"files are not confined: {os.strerror(ctypes.get_errno())}")
            return 0
    finally:
        os.close(ruleset)
    return int(version)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    """Let the paths beneath ``path`` be used so; one that is not there needs no permission."""
    try:
        here = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = struct.pack("=Qi", rights if path.is_dir() else rights & _OF_FILES, here)
        libc.syscall(ctypes.c_long(_LANDLOCK_ADD), ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0))
    finally:
        os.close(here)


def _confine_calls(libc: ctypes.CDLL, missing: list[str]) -> bool:
    machine = platform.machine()
    if machine not in _AUDIT_ARCH:
        missing.append(f"network and programs are not confined: the list of system calls for {machine} is not known")
        return False
    code = b"".join(_program(machine, os.getpid()))
    held = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    program = Program(len(code) // 8, ctypes.addressof(held))
    if _control(libc, _PR_SECCOMP, 2, ctypes.addressof(program)) != 0:
        missing.append(f"network and programs are not confined: {os.strerror(ctypes.get_errno())}")
        return False
    return True


def _program(machine: str, pid: int) -> list[bytes]:
    """The filter as classic BPF: refuse what is listed, threads but no processes, signals only to itself."""
    column = 0 if machine == "x86_64" else 1
    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill = 0x7FFF0000, 0x80000000

    def refuse(code: int) -> int:
        return 0x00050000 | code

    def line(operation: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("HBBI", operation, yes, no, value)

    number, arch, first_argument = 0, 4, 16
    lines = [line(load, 0, 0, arch), line(equal, 1, 0, _AUDIT_ARCH[machine]), line(answer, 0, 0, kill)]
    lines.append(line(load, 0, 0, number))
    # The x32 variant of a call has its own number; none of them is needed.
    lines += [line(at_least, 0, 1, 0x40000000), line(answer, 0, 0, refuse(errno.EPERM))]
    # clone3 hides its flags in memory; told that it does not exist, the C library uses clone.
    lines += [line(equal, 0, 1, _CLONE3[column]), line(answer, 0, 0, refuse(errno.ENOSYS))]
    lines += [
        line(equal, 0, 4, _CLONE[column]),
        line(load, 0, 0, first_argument),
        line(any_bit, 1, 0, _CLONE_THREAD),
        line(answer, 0, 0, refuse(errno.EPERM)),
        line(answer, 0, 0, allow),
    ]
    for call in (_KILL[column], _TGKILL[column]):
        lines += [
            line(equal, 0, 4, call),
            line(load, 0, 0, first_argument),
            line(equal, 1, 0, pid),
            line(answer, 0, 0, refuse(errno.EPERM)),
            line(answer, 0, 0, allow),
        ]
    for numbers in _DENIED.values():
        if numbers[column] >= 0:
            lines += [line(equal, 0, 1, numbers[column]), line(answer, 0, 0, refuse(errno.EPERM))]
    return [*lines, line(answer, 0, 0, allow)]
