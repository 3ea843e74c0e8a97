"""What the build refuses, and where."""
