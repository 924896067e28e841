"""A benchmark's register asks the till that the benchmark started, not another installation's."""

import os
import socket
import subprocess
import sys

from benchmarks.tills import listens

ANSWERS = """
import socket
with socket.create_server(("127.0.0.1", 0)) as one:
    print(one.getsockname()[1], flush=True)
    input()
"""


def test_who_answers_at_a_port_is_told_by_its_process_group() -> None:
    command = [sys.executable, "-c", ANSWERS]
    with (
        socket.create_server(("127.0.0.1", 0)) as ours,
        subprocess.Popen(
            command, text=True, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other,
    ):
        assert other.stdout
        theirs = int(other.stdout.readline())
        assert listens(os.getpgid(0), ours.getsockname()[1]) and listens(other.pid, theirs)
        assert not listens(other.pid, ours.getsockname()[1]) and not listens(os.getpgid(0), theirs)
        other.kill()
