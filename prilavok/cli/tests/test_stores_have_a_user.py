"""Under root the stores belong to a system user, made on the first start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# A machine's users as on its first day: a copy of /etc without ours, seen by these processes alone.
FRESH_MACHINE = """
cp -a /etc/. "$1" && mount --bind "$1" /etc && mount -t tmpfs tmpfs /var/lib || exit 77
sed -i '/^prilavok:/d' /etc/passwd /etc/shadow /etc/group /etc/gshadow
for each in 1 2 3 4; do "$2" -c "$3" "$1/go" & done
sleep 1; touch "$1/go"; wait
"""
WHO = """
import os, sys
from prilavok.cli.system_user import system_user
while not os.path.exists(sys.argv[1]):
    pass
user = system_user()
print(f"{user.pw_uid}:{user.pw_gid}\\n", end="")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user, and may make one")
def test_two_first_starts_at_once_make_one_user(tmp_path: Path) -> None:
    command = ["unshare", "-m", "sh", "-c", FRESH_MACHINE, "sh", str(tmp_path), sys.executable, WHO]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode == 77:
        pytest.skip("here even root may not mount")
    users = ran.stdout.split()
    assert len(users) == 4 and len(set(users)) == 1, ran.stdout + ran.stderr
