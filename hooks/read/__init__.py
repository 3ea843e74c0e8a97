"""From Markdown to a `Source`: fences, claims, and every reason to refuse a page."""
