"""What leaves the site: files to take home, for programs and for other generators; publication."""
