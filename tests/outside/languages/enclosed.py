"""Run a command in a network of this machine alone: unshare --net --mount python enclosed.py HOSTS COMMAND…

The command sees the file `HOSTS` as /etc/hosts.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

# Source: <linux/sockios.h>, <linux/if.h>.
FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1

REQUEST = struct.Struct("16sH14x")

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    _, flags = REQUEST.unpack(fcntl.ioctl(any_socket, FLAGS, REQUEST.pack(b"lo", 0)))
    if flags & UP:
        sys.exit("enclosed.py: this network is not a new one, but may be that of the whole machine")
    fcntl.ioctl(any_socket, SET_FLAGS, REQUEST.pack(b"lo", flags | UP))

hosts, program, *arguments = sys.argv[1:]
mount = ["mount", "--bind", hosts, "/etc/hosts"]
subprocess.run(mount, check=True)
os.execvp(program, [program, *arguments])  # noqa: S606  (no shell: the caller waits for this process)
