"""The outside world: one thin client a platform, importing nothing of ours."""
