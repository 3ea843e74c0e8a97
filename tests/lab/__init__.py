"""What the tests of the lab share: random scripts with torch's answers, and modules run in a browser."""
