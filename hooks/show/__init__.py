"""From outputs to HTML: the template, drawers, math, what must not be published."""
