"""What `make bench` does: runs `gema bench` against several servers, and writes docs/benchmarks.md."""
