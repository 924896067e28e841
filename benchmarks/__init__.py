"""The measured hot paths: `make bench`, or `python -m benchmarks card mail`. Ratios, not seconds, are compared."""
