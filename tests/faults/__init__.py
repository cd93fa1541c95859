"""What is broken on purpose: workers, disks, databases, servers. ``python -m tests.faults`` runs all of it."""
