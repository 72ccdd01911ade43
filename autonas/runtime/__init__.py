"""Where networks are built and trained: evaluators, and the time and files that they need."""
