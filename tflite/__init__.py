"""The command-line programs: flags in, a library call, an exit code out."""
