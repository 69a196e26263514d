"""What the child gives up by means of the Linux kernel; it needs no privilege and cannot be undone.

Landlock: landlock(7). seccomp: seccomp(2), with a list of calls that start a process, reach the network or
another process, or lift a limit; a socketpair(2), which asyncio needs, leads nowhere else. Namespaces:
unshare(2). Capabilities: capset(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_NO_NEW_PRIVS, _SET_SECCOMP, _SET_DEATH_SIGNAL, _KILL = 38, 22, 1, 9
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_CAPABILITY_VERSION = 0x20080522

_READ_FILE, _READ_DIR, _EXECUTE = 1 << 2, 1 << 3, 1
_ON_FILES = 1 << 1 | _READ_FILE | 1 << 14 | 1 << 15
_RIGHTS_BY_VERSION = (0, 13, 14, 15, 15, 16)
"""How many rights on files a Landlock of this version knows; the last for all later ones."""
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6

_ALLOW, _REFUSE, _DIE = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_X32 = 0x40000000
_NEW_CALLS = (424, 425, 426, 427, 434, 435, 438)
"""pidfd_send_signal, io_uring_*, pidfd_open, clone3, pidfd_getfd: the same number everywhere."""
_ARCHITECTURES = {
    "x86_64": (
        0xC000003E,
        # shmget socket connect accept bind listen clone fork vfork execve kill
        (29, 41, 42, 43, 49, 50, 56, 57, 58, 59, 62,
         # semget msgget ptrace setpgid setsid personality setrlimit chroot mount umount2 reboot init_module
         64, 68, 101, 109, 112, 135, 160, 161, 165, 166, 169, 175,
         # tkill tgkill kexec_load add_key request_key keyctl unshare accept4 perf_event_open prlimit64
         200, 234, 246, 248, 249, 250, 272, 288, 298, 302,
         # name_to_handle_at open_by_handle_at setns process_vm_* kcmp finit_module bpf execveat
         303, 304, 308, 310, 311, 312, 313, 321, 322, 323),
    ),
    "aarch64": (
        0xC00000B7,
        # umount2 mount chroot personality unshare kexec_load init_module ptrace kill tkill tgkill reboot
        (39, 40, 51, 92, 97, 104, 105, 117, 129, 130, 131, 142,
         # setpgid setsid setrlimit msgget semget shmget socket bind listen accept connect
         154, 157, 164, 186, 190, 194, 198, 200, 201, 202, 203,
         # add_key request_key keyctl clone execve perf_event_open accept4 prlimit64
         217, 218, 219, 220, 221, 241, 242, 261,
         # name_to_handle_at open_by_handle_at setns process_vm_* kcmp finit_module bpf execveat
         264, 265, 268, 270, 271, 272, 273, 280, 281, 282),
    ),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def lock(own: str, readable: Sequence[str]) -> set[str]:
    """Give up what this kernel can take; return what holds: ``network``, ``files``, ``calls``.

    ``own`` is the directory that stays writable; below ``readable`` may be read.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_SET_DEATH_SIGNAL, _KILL, 0, 0, 0)
    held = set()
    if libc.unshare(_NEW_USER | _NEW_NETWORK) == 0:
        held.add("network")
    libc.capset(struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24))
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return held
    if _landlock(libc, own, readable):
        held.add("files")
    if _seccomp(libc):
        held |= {"calls", "network"}
    return held


def _landlock(libc: Any, own: str, readable: Sequence[str]) -> bool:
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    handled = (1 << _RIGHTS_BY_VERSION[min(version, len(_RIGHTS_BY_VERSION) - 1)]) - 1
    fields = [handled]
    if version >= _NETWORK_SINCE:
        fields.append(0b11)
    if version >= _SCOPES_SINCE:
        fields.append(0b11)
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    ruleset = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return False
    try:
        rights = [(own, handled & ~_EXECUTE)]
        rights += [(path, _READ_FILE | _READ_DIR | _EXECUTE) for path in readable if Path(path).is_dir()]
        rights += [(path, _READ_FILE) for path in readable if not Path(path).is_dir()]
        return all(_permit(libc, ruleset, path, allowed) for path, allowed in rights) and (
            libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
        )
    finally:
        os.close(ruleset)


def _permit(libc: Any, ruleset: int, path: str, allowed: int) -> bool:
    """Allow something below ``path``; one that is not there needs no leave."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        rule = struct.pack("=Qi", allowed, place)
        return bool(libc.syscall(_ADD_RULE, ruleset, 1, rule, 0) == 0)
    finally:
        os.close(place)


def _seccomp(libc: Any) -> bool:
    known = _ARCHITECTURES.get(platform.machine())
    if known is None:
        return False
    architecture, calls = known
    refused = (*calls, *_NEW_CALLS)
    steps = [
        (_LOAD, 0, 0, 4),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _DIE),
        (_LOAD, 0, 0, 0),
        (_IF_AT_LEAST, len(refused) + 1, 0, _X32),
        *((_IF_EQUAL, len(refused) - at, 0, call) for at, call in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    return bool(libc.prctl(_SET_SECCOMP, 2, ctypes.byref(program), 0, 0) == 0)
