"""Virtual sleep, with clocks that only sleeping moves; nobody here measures real time."""
