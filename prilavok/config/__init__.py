"""Settings, addresses, the schedule and the wiring: the only place that knows every domain."""
