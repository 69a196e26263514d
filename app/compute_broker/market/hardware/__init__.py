"""What this machine has to compute with, how busy it is, and what could run on it. All without root."""
