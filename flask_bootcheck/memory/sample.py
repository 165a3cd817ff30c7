"""What one process really needs, measured once.

A page shared by several processes is counted once, by ``Pss``; page tables and kernel stacks are
added, since the kernel charges them to the container too. RSS is the last resort: it counts shared
pages once a process.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from .size import MIB

#: Kernel stacks and slab of one process: measured on fourteen apps, 0.2 MiB within the noise.
KERNEL_BYTES = MIB // 5
#: The interpreter, its libraries and extensions, whose pages are shared by all processes.
CODE_BYTES = 32 * MIB
_FIELDS = ("Pss", "Private_Dirty", "Anonymous", "Pss_Anon", "Pss_Shmem")


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory of one process in bytes.

    ``proportional`` is Pss, ``private_dirty`` what no other process shares and nothing can reclaim,
    ``page_tables`` VmPTE; ``source`` is where the figures come from, best first: ``smaps_rollup``,
    ``smaps``, ``uss``, ``rss``. ``anonymous`` is all that it has of the heap, shared or not, and
    ``pinned`` the part of Pss that no file could bring back; ``None`` where the kernel does not say.
    """

    proportional: int
    private_dirty: int
    page_tables: int
    source: str
    anonymous: int | None = None
    pinned: int | None = None

    @property
    def need(self) -> int:
        """What must stay resident for this process."""
        return self.proportional + self.page_tables + KERNEL_BYTES

    @property
    def unreclaimable(self) -> int:
        """What the container cannot have back while this process lives: no clean page of a file."""
        pinned = self.proportional if self.pinned is None else self.pinned
        return pinned + self.page_tables + KERNEL_BYTES

    def grown_to(self, anonymous: int) -> Sample:
        """The same process with a heap that has grown since, by pages of its own."""
        more = max(0, anonymous - self.anonymous) if self.anonymous is not None else 0
        return replace(
            self,
            proportional=self.proportional + more,
            private_dirty=self.private_dirty + more,
            anonymous=None if self.anonymous is None else self.anonymous + more,
            pinned=None if self.pinned is None else self.pinned + more,
        )


def needed(samples: Iterable[Sample]) -> int:
    """What some processes need between them. Of the clean pages of files they have mapped as many as
    code has that runs: the rest are data, which give way as any file cache does."""
    kept = files = 0
    for sample in samples:
        kept += sample.unreclaimable
        files += sample.need - sample.unreclaimable
    return kept + min(files, CODE_BYTES)


def take_sample(pid: int | str = "self", proc: Path = Path("/proc")) -> Sample | None:
    """Measure a process; ``None`` when it is gone, not ours to look at, or no file can be opened. Costs
    0.6 ms."""
    return count_pages(pid, proc) or _sample_with_psutil(pid)


def count_pages(pid: int | str, proc: Path = Path("/proc")) -> Sample | None:
    """Measure a process by its pages or not at all: what it shares is not counted twice."""
    for source in ("smaps_rollup", "smaps"):
        try:
            text = (proc / str(pid) / source).read_text()
        except OSError:
            continue
        sums = _sum_fields(text, *_FIELDS)
        if sums.get("Pss"):
            parts = [sums.get(name) for name in ("Pss_Anon", "Pss_Shmem")]
            return Sample(
                proportional=sums["Pss"],
                private_dirty=sums.get("Private_Dirty", 0),
                page_tables=_page_tables(pid, proc),
                source=source,
                anonymous=sums.get("Anonymous"),
                pinned=None if None in parts else sum(filter(None, parts)),
            )
    return None


def read_anonymous(pid: int, proc: Path = Path("/proc")) -> int | None:
    """What a process has of the heap, shared or not: its kernel tells anybody, also another user."""
    try:
        _, resident, of_files, *_ = (proc / str(pid) / "statm").read_text().split()
        return (int(resident) - int(of_files)) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def take_collected_sample() -> Sample | None:
    """Measure this process as it will be after its first full collection, which un-shares what a
    preloaded heap still shares: also where ``gc.freeze()`` puts that off, since a frozen heap is
    un-shared by use, little by little."""
    gc.unfreeze()
    gc.collect()
    return take_sample()


def _sum_fields(text: str, *names: str) -> dict[str, int]:
    """Bytes of some fields, summed over all mappings; those that are not there are left out."""
    sums: dict[str, int] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name in names:
            sums[name] = sums.get(name, 0) + int(value.split()[0]) * 1024
    return sums


def _page_tables(pid: int | str, proc: Path) -> int:
    try:
        return _sum_fields((proc / str(pid) / "status").read_text(), "VmPTE").get("VmPTE", 0)
    except OSError:
        return 0


def _sample_with_psutil(pid: int | str) -> Sample | None:
    try:
        import psutil
    except OSError:
        return None
    try:
        process = psutil.Process(None if pid == "self" else int(pid))
        try:
            uss = process.memory_full_info().uss
            return Sample(uss, uss, 0, "uss")
        except (psutil.AccessDenied, AttributeError):
            rss = process.memory_info().rss
            return Sample(rss, rss, 0, "rss")
    except (psutil.Error, OSError):
        return None
