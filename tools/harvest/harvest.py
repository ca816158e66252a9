#!/usr/bin/env python3
"""Generates facts/ from a kernel source tree: constants, ioctls, struct layouts, system calls, for both x86 ABIs.

Maintainers only: the build reads the checked-in facts and needs neither Python nor kernel headers.

    tools/harvest/harvest.py [--source DIR|TARBALL] [--output facts] [--jobs 2]

README.md beside this file says what the output looks like.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import constants
import emit
import internal
import layouts
import syscalls
from toolchain import ABIS, Toolchain

ROOT = Path(__file__).resolve().parents[2]
# Not facts about x86-64 or i386: x32, and choices that other architectures make.
FOREIGN = {"asm/unistd_x32.h", "asm/posix_types_x32.h", "asm-generic/unistd.h", "asm-generic/int-l64.h"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, help="kernel tree or tarball (default: newest in /usr/src)")
    parser.add_argument("--output", type=Path, default=ROOT / "facts")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harvest-") as name:
        work = Path(name)
        source = unpack(options.source or newest_tarball(), work)
        subprocess.run(["make", "-s", "headers_install", "ARCH=x86", f"INSTALL_HDR_PATH={work}/installed",
                        f"O={work}/build"], cwd=source, check=True, stdout=subprocess.DEVNULL)
        (work / "installed/include").rename(work / "uapi")
        if not (work / "uapi/asm/types.h").exists():
            sys.exit(f"{source} was built in place, which hides generated headers: make mrproper there")
        harvest(source, work, options.output, options.jobs)
    return 0


def newest_tarball() -> Path:
    found = sorted(Path("/usr/src").glob("linux-source-*.tar.*"),
                   key=lambda p: [int(n) for n in p.name.split("-")[2].split(".tar")[0].split(".")])
    if not found:
        sys.exit("no /usr/src/linux-source-*.tar.*: apt-get install linux-source, or give --source")
    return found[-1]


def unpack(source: Path, work: Path) -> Path:
    """The kernel tree; a tarball is unpacked into `work`."""
    if source.is_dir():
        return source.resolve()
    (work / "source").mkdir()
    subprocess.run(["tar", "-xf", source, "-C", work / "source", "--strip-components=1"], check=True)
    return work / "source"


def harvest(source: Path, work: Path, output: Path, jobs: int) -> None:
    excerpts = internal.write_excerpts(source, work / "internal")
    tools = Toolchain(work, jobs)
    headers = sorted(str(p.relative_to(tools.uapi)) for p in tools.uapi.rglob("*.h"))
    headers = [h for h in headers if h not in FOREIGN and not shadowed(tools, h)] + excerpts

    facts = emit.Facts()
    for abi in ABIS:
        print(f"constants, {abi} bits", file=sys.stderr)
        found = dict(zip(headers, tools.map(lambda h: constants.harvest_header(tools, h, abi), headers)))
        facts.constants[abi] = found
        print(f"types, {abi} bits", file=sys.stderr)
        facts.types[abi] = layouts.harvest_types(tools, [h for h in headers if found[h].compiles], abi)
    failed = [h for h in headers if not any(facts.constants[abi][h].compiles for abi in ABIS)]
    print(f"headers: {len(headers)}, not compiling on either ABI: {' '.join(failed) or 'none'}", file=sys.stderr)
    if broken := [h for h in failed if h in excerpts]:
        sys.exit(f"these excerpts of internal headers need mending (internal.py): {' '.join(broken)}")

    calls = syscalls.harvest_syscalls(source)
    for old in ("uapi", "kernel"):
        shutil.rmtree(output / old, ignore_errors=True)
    counts = emit.write_headers(facts, headers, tools, output)
    counts |= emit.write_syscalls(calls, kernel_version(source), output / "syscalls.facts")
    print(", ".join(f"{n} {what}" for what, n in counts.items()), file=sys.stderr)


def shadowed(tools: Toolchain, header: str) -> bool:
    """Whether x86 has its own version of an asm-generic header and does not use the generic one."""
    folder, _, name = header.partition("/")
    own = tools.uapi / "asm" / name
    if folder != "asm-generic" or not own.exists():
        return False
    used = tools.gcc("64", ["-M"], tools.includes(f"asm/{name}")).stdout
    return tools.path(header) not in used.split()


def kernel_version(source: Path) -> str:
    words = dict(line.split(" = ", 1) for line in (source / "Makefile").read_text().splitlines()[:6] if " = " in line)
    return f"{words['VERSION']}.{words['PATCHLEVEL']}.{words['SUBLEVEL']}"


if __name__ == "__main__":
    sys.exit(main())
