"""A group that never was, the same every time for the same day: for trying Yihu out."""
