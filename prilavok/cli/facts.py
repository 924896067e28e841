"""The column store's process, given up to the unprivileged user when root starts it."""

import os
import sys
from importlib import import_module

from prilavok.cli.installation import HOST, Installation
from prilavok.cli.processes import facts_memory
from prilavok.cli.supervisor import end_with_parent
from prilavok.cli.system_user import give, server_folder, system_user

IMPORTED_LATE = ("chdb", "chdb._chdb", "lz4.frame", "encodings.ascii", "encodings.idna", "encodings.latin_1")


def serve(installation: Installation) -> int:
    """Run the process until it is told to end; its exit code."""
    os.environ["FACTS_TOKEN"] = installation.facts_token()
    folder = server_folder(installation.home, "facts")
    arguments = ["--dir", str(folder), "--host", HOST]
    arguments += ["--port", str(installation.port("facts")), "--memory", str(facts_memory())]
    server = import_module("prilavok.facts.server")
    if user := system_user():
        for module in IMPORTED_LATE:  # where this Python lies, that user perhaps may not read
            import_module(module)
        for place in folder.rglob("*"):
            give(place)
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        end_with_parent()  # the kernel forgets that wish when the user changes
    os.chdir(folder)
    sys.argv[0] = "prilavok facts"
    code: int = server.main(arguments)
    return code
