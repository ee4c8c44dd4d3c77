"""What training costs and what it keeps: labels, faults, speed, exactness, and runs that were killed."""
