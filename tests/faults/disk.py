"""A disk for the stores of one installation that can be full, and empty again, while processes run."""

import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

PLENTY = "1g"


class Disk:
    """A file system of its own in memory where this user may mount one; else a limit on how large any file may grow."""

    def __init__(self, folder: Path, processes: Callable[[], list[int]]) -> None:
        """folder: where the stores will be; processes: the numbers of those that write there."""
        self._folder, self._processes = folder, processes
        folder.mkdir(parents=True)
        self.mounted = self._mount(PLENTY)

    def fill(self) -> None:
        """Leave room for nothing more than what is there."""
        if self.mounted:
            while not self._mount(str(self._used()), "remount"):  # somebody wrote in between
                pass
        else:
            largest = max(path.stat().st_size for path in self._folder.glob("*.sqlite*"))
            self._limit(largest)

    def _used(self) -> int:
        found = os.statvfs(self._folder)
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    def free(self) -> None:
        """Give room again."""
        if self.mounted:
            assert self._mount(PLENTY, "remount")
        else:
            self._limit(resource.RLIM_INFINITY)

    def close(self) -> None:
        """Take it away."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self._folder)], check=False)

    def _mount(self, size: str, *more: str) -> bool:
        options = ",".join([*more, f"size={size}", "mode=700"])
        asked = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self._folder)]
        return os.geteuid() == 0 and subprocess.run(asked, check=False, capture_output=True).returncode == 0

    def _limit(self, largest: int) -> None:
        for process in self._processes():
            hard = resource.prlimit(process, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(process, resource.RLIMIT_FSIZE, (largest, hard))
