"""What answering draws from the socket: sensors, the draw at rest, and each answer's share."""
