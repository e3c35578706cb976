"""Virtual sleep, with clocks that only sleeping moves; no test here measures real time."""
