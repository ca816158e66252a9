"""Excerpts of kernel-internal headers: the little that user space must know and UAPI headers do not say.

AF_INET and struct user_msghdr are ABI, yet live in include/linux/socket.h. Such a file cannot be compiled
without a configured kernel, so what is wanted is cut out of it into a small header of its own, which then
goes through the same machinery as a UAPI header.
"""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Excerpt:
    header: str            # where it appears under facts/kernel/
    source: str            # path in the kernel tree
    constants: str = ""    # regular expression for the macros to take, and for the first name of enums to take
    types: tuple[str, ...] = ()  # structs to take
    before: str = ""       # what the excerpt needs


BLUETOOTH = '#include "internal/net/bluetooth/bluetooth.h"'

EXCERPTS = [
    Excerpt("linux/socket.h", "include/linux/socket.h", r"AF_|PF_|MSG_|SOL_|SCM_|SOMAXCONN|IPX_TYPE",
            ("sockaddr", "linger", "user_msghdr", "mmsghdr", "cmsghdr", "ucred"), "#include <linux/uio.h>"),
    Excerpt("linux/net.h", "include/linux/net.h", r"SOCK_(MAX|TYPE_MASK|CLOEXEC|NONBLOCK|STREAM)|SHUT_"),
    Excerpt("linux/errno.h", "include/linux/errno.h", r"E[A-Z]"),
    Excerpt("linux/dirent.h", "include/linux/dirent.h", types=("linux_dirent64",)),
    Excerpt("linux/fs.h", "include/linux/fs.h", r"MNT_(FORCE|DETACH|EXPIRE)|UMOUNT_", ("file_handle",)),
    Excerpt("linux/getcpu.h", "include/linux/getcpu.h", types=("getcpu_cache",)),
    Excerpt("linux/key.h", "include/linux/key.h", r"KEY_(POS|USR|GRP|OTH)_",
            before="#define CONFIG_KEYS"),
    Excerpt("linux/sched.h", "include/linux/sched.h", types=("sched_param",)),
    # What rt_sigaction(2) takes. UAPI's struct sigaction is another one on i386, hence the prefix.
    Excerpt("linux/signal_types.h", "include/linux/signal_types.h", types=("sigaction", "old_sigaction"),
            before="#include <asm/signal.h>\n"
                   "typedef struct { unsigned long sig[64 / (8 * sizeof(long))]; } kernel_sigset_t;\n"
                   "#define __ARCH_HAS_SA_RESTORER\n"
                   "typedef unsigned long old_sigset_t;\n"
                   "#define sigaction kernel_sigaction\n#define sigset_t kernel_sigset_t\n#undef sa_handler\n"),
    Excerpt("linux/splice.h", "include/linux/splice.h", r"SPLICE_F_"),
    Excerpt("linux/stat.h", "include/linux/stat.h", r"UTIME_"),
    Excerpt("linux/swap.h", "include/linux/swap.h", r"SWAP_FLAG"),
    Excerpt("linux/syslog.h", "include/linux/syslog.h", r"SYSLOG_"),
    Excerpt("linux/time32.h", "include/linux/time32.h", types=("old_itimerspec32", "old_utimbuf32", "old_timex32"),
            before='#include "internal/vdso/time32.h"'),
    Excerpt("linux/types.h", "include/linux/types.h", types=("ustat",)),
    Excerpt("vdso/time32.h", "include/vdso/time32.h", types=("old_timespec32", "old_timeval32"),
            before="typedef __s32 old_time32_t;"),
    Excerpt("asm/signal.h", "arch/x86/include/asm/signal.h", r"_NSIG\b"),
    Excerpt("asm/user_64.h", "arch/x86/include/asm/user_64.h",
            types=("user_i387_struct", "user_regs_struct", "user")),
    Excerpt("asm/user_32.h", "arch/x86/include/asm/user_32.h",
            types=("user_i387_struct", "user_fxsr_struct", "user_regs_struct", "user")),
    Excerpt("fs/readdir.c", "fs/readdir.c", types=("old_linux_dirent", "linux_dirent")),
    Excerpt("fs/select.c", "fs/select.c", types=("sigset_argpack", "sel_arg_struct"),
            before="#include <asm/signal.h>\n#define fd_set __kernel_fd_set"),
    Excerpt("mm/mmap.c", "mm/mmap.c", types=("mmap_arg_struct",)),
    Excerpt("net/bluetooth/bluetooth.h", "include/net/bluetooth/bluetooth.h", r"BTPROTO_|SOL_|BT_|BDADDR_",
            ("bt_security", "bt_power", "bt_voice", "bt_iso_io_qos", "bt_iso_ucast_qos", "bt_iso_bcast_qos",
             "bt_iso_qos", "bt_codec", "bt_codecs"),
            "typedef struct { __u8 b[6]; } __attribute__((packed)) bdaddr_t;"),
    Excerpt("net/bluetooth/hci_sock.h", "include/net/bluetooth/hci_sock.h", r"HCI",
            ("sockaddr_hci", "hci_filter", "hci_ufilter", "hci_dev_stats", "hci_dev_info", "hci_conn_info",
             "hci_dev_req", "hci_dev_list_req", "hci_conn_list_req", "hci_conn_info_req", "hci_auth_info_req",
             "hci_inquiry_req"), BLUETOOTH),
    Excerpt("net/bluetooth/iso.h", "include/net/bluetooth/iso.h", r"ISO_", ("sockaddr_iso_bc", "sockaddr_iso"),
            BLUETOOTH),
    Excerpt("net/bluetooth/l2cap.h", "include/net/bluetooth/l2cap.h", r"L2CAP_(OPTIONS|CONNINFO|LM|MODE)\w*",
            ("sockaddr_l2", "l2cap_options", "l2cap_conninfo"), BLUETOOTH),
    Excerpt("net/bluetooth/rfcomm.h", "include/net/bluetooth/rfcomm.h",
            r"RFCOMM_(CONNINFO|LM|REUSE|RELEASE|HANGUP|TTY)|RFCOMM(CREATE|RELEASE|GET|STEAL)",
            ("sockaddr_rc", "rfcomm_conninfo", "rfcomm_dev_req", "rfcomm_dev_info", "rfcomm_dev_list_req"),
            BLUETOOTH),
    Excerpt("net/bluetooth/sco.h", "include/net/bluetooth/sco.h", r"SCO_",
            ("sockaddr_sco", "sco_options", "sco_conninfo"), BLUETOOTH),
]


def write_excerpts(source: Path, internal: Path) -> list[str]:
    """Writes the excerpts below `internal`; returns their header names, `internal/...`."""
    for excerpt in EXCERPTS:
        text = (source / excerpt.source).read_text()
        target = internal / excerpt.header
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(cut(text, excerpt))
    return ["internal/" + e.header for e in EXCERPTS]


def cut(text: str, excerpt: Excerpt) -> str:
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"\\\n", " ", text)
    pieces: list[tuple[int, str]] = []
    if excerpt.constants:
        guarded = False
        wanted = re.compile(rf"\b(?:{excerpt.constants})")
        for found in re.finditer(r"^[ \t]*#[ \t]*(?:(?:if|ifdef|ifndef|elif|else|endif)\b.*|define[ \t]+(\w+)[ \t].*)$",
                                 text, re.M):
            if re.match(r"[ \t]*#[ \t]*ifndef[ \t]+_\w+_H$", found[0]):
                guarded = True
            elif not found[1] or wanted.match(found[1]):
                pieces.append((found.start(), found[0]))
        if guarded:
            pieces.pop()  # its #endif
        for found in re.finditer(r"\benum\b\s*\w*\s*\{([^}]*)\};", text):
            if wanted.match(found[1].strip()):
                pieces.append((found.start(), found[0]))
    for name in excerpt.types:
        pieces.append(record(text, name))
    body = "\n".join(piece for _, piece in sorted(pieces)).replace("#ifdef __KERNEL__", "#if 1")
    return f'#pragma once\n#include "prelude.h"\n{excerpt.before}\n{body}\n'


def record(text: str, name: str) -> tuple[int, str]:
    """Position and text of `struct name { ... };`, braces balanced."""
    start = re.search(rf"^struct {name}\s*\{{", text, re.M)
    if not start:
        raise RuntimeError(f"struct {name} not found")
    at, depth = start.end(), 1
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return start.start(), text[start.start():text.index(";", at) + 1]
