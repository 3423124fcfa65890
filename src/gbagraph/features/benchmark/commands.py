"""The commands of the benchmark: write gold answers, export, run a system, score its answers."""
