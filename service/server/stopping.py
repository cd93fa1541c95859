"""The end of the server: who has knocked already is still let in, and nobody else can knock.

A listening socket is closed for good when the last process has closed it, and what waits in it then is reset: the
caller cannot know whether it was answered. So the kernel is told to take no new connections while the workers answer
those that wait, and only an empty socket is closed. A caller who comes too late finds no server, and knows that nothing
was done.
"""

from __future__ import annotations

import ctypes
import mmap
import socket
import struct
from typing import Any

_ATTACH_FILTER = 26  # SO_ATTACH_FILTER of Linux, which the standard library does not name
_LOAD_BYTE, _JUMP_IF_SET, _RETURN = 0x30, 0x45, 0x06  # classic BPF: ldb [k]; jset #k; ret #k
_FLAGS, _SYN = 13, 0x02  # where the flags of a TCP header are, and the one that opens a connection
_PROGRAM = ((_LOAD_BYTE, 0, 0, _FLAGS), (_JUMP_IF_SET, 0, 1, _SYN), (_RETURN, 0, 0, 0), (_RETURN, 0, 0, 0xFFFFFFFF))
_TCP = (socket.AF_INET, socket.AF_INET6)


def watch(server: Any) -> None:
    """Lets the workers of a gunicorn arbiter see that the server stops, which is not the same as that one of them does.

    A worker that is replaced leaves the rest to the others. So does a server whose socket somebody else holds: systemd,
    or a new gunicorn that takes over.
    """
    told = mmap.mmap(-1, 1)  # shared with what is forked
    stop = server.stop

    def announced(graceful: bool = True) -> None:
        if graceful and not (server.systemd or server.reexec_pid or server.master_pid):
            for listener in server.LISTENERS:
                refuse_new(listener)
            told[0] = 1
        stop(graceful)

    server.stop = announced
    server.stopping = told


def refuse_new(listener: Any) -> bool:
    """Takes no new connection on a socket; those that wait, or are being made, are left. Whether that was possible.

    The kernel drops what would open a connection, so a caller tries again, and is refused when the socket is closed.
    """
    if listener.family not in _TCP:
        return False
    code = b"".join(struct.pack("HBBI", *step) for step in _PROGRAM)
    kept = ctypes.create_string_buffer(code)
    try:
        listener.setsockopt(
            socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("@HP", len(_PROGRAM), ctypes.addressof(kept))
        )
    except OSError:  # not Linux, or not allowed here
        return False
    return True
