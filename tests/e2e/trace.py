"""What a traced program asked of the network."""

from __future__ import annotations

import re

CALLS = "connect,sendto,sendmsg,sendmmsg"
_INTERNET = re.compile(r"AF_INET6?\b|sin6?_addr|inet_addr|inet_pton")
_OURSELVES = re.compile(r'inet_addr\("127\.\d+\.\d+\.\d+"\)|inet_pton\(AF_INET6, "::1"')


def off_host(calls: str) -> list[str]:
    """Return the traced calls that name an address of another machine."""
    named = [line for line in calls.splitlines() if _INTERNET.search(line)]
    return [line for line in named if not _OURSELVES.search(line)]
