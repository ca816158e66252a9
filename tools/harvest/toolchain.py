"""The C compiler as an oracle: how this harvester runs gcc for one header on one ABI.

Headers are compiled without any libc (`-nostdinc`): what is asked is what the *kernel* says. The few libc
names that UAPI headers lean on (size_t, struct sockaddr, MSG_FIN, ...) come from a prelude and from shim
headers that this module writes; the values in them are the kernel's own, taken from its internal headers.
"""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ABIS = ("64", "32")

# Stands in for libc. sys/socket.h and friends reduce to this; it is included before every header.
PRELUDE = """
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <linux/types.h>
#include <linux/ioctl.h>
#include <linux/time.h>
#include <linux/fcntl.h>
#include <linux/socket.h>
#define sockaddr_storage __kernel_sockaddr_storage
#define __user
#define __counted_by(member)
#define __packed __attribute__((packed))
#define IS_ENABLED(option) 0
#define IS_BUILTIN(option) 0
#define DECLARE_FLEX_ARRAY(type, name) __DECLARE_FLEX_ARRAY(type, name)
typedef __u8 u8;
typedef __s16 s16;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef char *caddr_t;
typedef __kernel_ulong_t ino_t;
typedef __kernel_old_time_t time_t;
typedef __kernel_pid_t pid_t;
typedef __kernel_uid32_t uid_t;
typedef __kernel_gid32_t gid_t;
typedef __kernel_loff_t loff_t;
typedef __kernel_ssize_t ssize_t;
typedef __kernel_sa_family_t sa_family_t;
#include "internal/linux/socket.h"
"""

# Included after every header: macros are expanded where they are used, and many use names that their own
# header does not include. Nothing here can change what the header itself declares.
POSTLUDE = """
#pragma once
#include <limits.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/major.h>
#include <linux/sockios.h>
#include "internal/asm/signal.h"
#ifndef BIT
#define BIT(n) (1UL << (n))
#endif
#ifndef BIT_ULL
#define BIT_ULL(n) (1ULL << (n))
#endif
#ifndef GENMASK
#define GENMASK(high, low) ((~0UL << (low)) & (~0UL >> (8 * sizeof(long) - 1 - (high))))
#endif
"""

SHIMS = {
    "endian.h": "#include <asm/byteorder.h>\n#define __BYTE_ORDER __BYTE_ORDER__\n"
                "#define __BIG_ENDIAN __ORDER_BIG_ENDIAN__\n",
    "netinet/if_ether.h": "#include <linux/if_ether.h>\n",
    "netinet/in.h": "#include <linux/in.h>\n#include <linux/in6.h>\n",
    # include/xen/interface/xen.h: the typedefs that the xen UAPI headers take from it.
    "xen/interface/xen.h": "#pragma once\n#include <linux/types.h>\ntypedef __u16 domid_t;\n"
                           "typedef unsigned long xen_pfn_t;\ntypedef unsigned long xen_ulong_t;\n"
                           "typedef __u32 grant_ref_t;\n",
    **{name: "" for name in ("limits.h", "string.h", "stdlib.h", "sys/ioctl.h", "sys/socket.h", "sys/time.h",
                             "sys/types.h", "time.h", "unistd.h")},
}

# Headers that do not compile alone, and what a program includes to get them.
INSTEAD = {
    "asm/ucontext.h": ["asm/signal.h", "asm/sigcontext.h", "asm/ucontext.h"],
    "asm-generic/ucontext.h": ["asm/signal.h", "asm/sigcontext.h", "asm/ucontext.h"],
    "linux/hdlc/ioctl.h": ["linux/if.h"],
    "linux/patchkey.h": ["linux/soundcard.h"],
    "xen/evtchn.h": ["xen/interface/xen.h", "xen/evtchn.h"],
    "xen/gntdev.h": ["xen/interface/xen.h", "xen/gntdev.h"],
}

# More headers of that kind, for single headers.
COMPANIONS = {
    "asm-generic/ioctls.h": ["asm/termbits.h", "linux/serial.h"],
    "asm/ioctls.h": ["asm/termbits.h", "linux/serial.h"],
    "linux/atm_eni.h": ["linux/atmdev.h"],
    "linux/atm_he.h": ["linux/atmdev.h"],
    "linux/atm_nicstar.h": ["linux/atmdev.h"],
    "linux/atm_zatm.h": ["linux/atmdev.h"],
    "linux/fs.h": ["linux/fiemap.h", "linux/blktrace_api.h"],
    "linux/hid.h": ["linux/usb/ch9.h"],
    "linux/in_route.h": ["linux/rtnetlink.h"],
    "linux/ivtvfb.h": ["linux/videodev2.h"],
    "linux/netfilter/nfnetlink.h": ["linux/netlink.h"],
    "linux/netfilter/x_tables.h": ["linux/netfilter.h"],
    "linux/ppp-ioctl.h": ["linux/filter.h"],
    "linux/reiserfs_fs.h": ["linux/fs.h"],
    "linux/sockios.h": ["asm/ioctls.h"],
    "linux/sonet.h": ["linux/atmdev.h"],
    "linux/usb/ch11.h": ["linux/usb/ch9.h"],
    "linux/usb/g_uvc.h": ["linux/videodev2.h"],
}


class Toolchain:
    """Compiles snippets against one tree of installed headers. `work` must hold `uapi/` and `internal/`."""

    def __init__(self, work: Path, jobs: int):
        self.work = work
        self.jobs = jobs
        self.uapi = work / "uapi"
        shim = work / "shim"
        for name, text in SHIMS.items():
            (shim / name).parent.mkdir(parents=True, exist_ok=True)
            (shim / name).write_text(text)
        (work / "prelude.h").write_text(PRELUDE)
        (work / "postlude.h").write_text(POSTLUDE)
        builtin = subprocess.run(["gcc", "-print-file-name=include"], text=True, capture_output=True, check=True)
        # -ftrack-macro-expansion=0: an error inside a macro is reported at the line that uses it.
        self.base = ["gcc", "-std=gnu11", "-w", "-nostdinc", "-ffreestanding", "-D__EXPORTED_HEADERS__",
                     "-ftrack-macro-expansion=0", "-fno-diagnostics-show-caret", "-fdiagnostics-color=never",
                     "-isystem", str(self.uapi), "-isystem", builtin.stdout.strip(), "-isystem", str(shim),
                     "-I", str(work), "-x", "c"]

    def gcc(self, abi: str, flags: list[str], text: str) -> subprocess.CompletedProcess:
        """Runs gcc on `text` given as standard input, so that its lines are reported as `<stdin>:LINE`."""
        cpu = ["-m64", "-DCONFIG_X86_64", "-DCONFIG_64BIT", "-DCONFIG_COMPAT"] if abi == "64" else \
              ["-m32", "-DCONFIG_X86_32"]
        return subprocess.run(self.base + cpu + flags + ["-"], input=text, text=True, capture_output=True,
                              errors="replace")

    def includes(self, header: str) -> str:
        """The lines that make `header` (relative to uapi/, or internal/...) compile."""
        # What x86's own header says before it includes the generic one can change it.
        specific = header.replace("asm-generic/", "asm/")
        alone = specific if (self.uapi / specific).exists() else header
        wanted = ["prelude.h", *INSTEAD.get(header, [alone]), *COMPANIONS.get(header, []), "postlude.h"]
        return "".join(f'#include "{h}"\n' for h in wanted)

    def path(self, header: str) -> str:
        """The file name by which line markers and DWARF know `header`."""
        return str(self.work / header) if header.startswith("internal/") else str(self.uapi / header)

    def map(self, function, items):
        with ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(function, items))


def error_lines(stderr: str) -> set[int]:
    """Lines of <stdin> that gcc complained about."""
    return {int(m[1]) for m in re.finditer(r"^<stdin>:(\d+):(?:\d+:)? (?:fatal )?error", stderr, re.M)}
