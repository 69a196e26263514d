"""A child process that runs a stranger's Python and can do next to nothing else.

``runner`` starts it, feeds it and kills it; ``child`` is what runs there, ``limits`` and ``kernel`` take its
freedom away before the first line of the stranger's code. What holds it, and where:

==================  ===============================================  ===============================
what                Linux                                            macOS
==================  ===============================================  ===============================
time                CPU seconds by rlimit, wall clock by the runner  the same
memory              address space by rlimit                          not held: it ignores the rlimit
processes, threads  none: seccomp; rlimit too, unless it is root     none: rlimit; refused to root
network             seccomp (no sockets), a network namespace of     Python's audit hook
                    its own where allowed, Python's audit hook
files               Landlock and Python's audit hook: its own        Python's audit hook
                    directory, and reading Python's own library
==================  ===============================================  ===============================

An audit hook stops what goes through Python, not native code; with the standard library alone, and
``ctypes`` barred, an answer that a model wrote in good faith does not get round it. It is no wall against an
attacker, so on macOS, and on a Linux without Landlock (before 5.13), run only what you would run yourself.
Windows has none of this, so nothing is run there.
"""
