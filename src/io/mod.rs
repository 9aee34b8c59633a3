//! Floor 6: the only place that touches sockets, files, the clock and the environment.
