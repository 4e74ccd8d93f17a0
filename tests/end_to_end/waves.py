"""Reads a value change dump (IEEE Std 1364-2005, 18.2), apart from what writes it."""

import collections


class Wave:
    """Changes of every signal of a VCD file, by its full name: [(time, value)], by time."""

    def __init__(self, path):
        self.changes = collections.OrderedDict()
        self.bits = {}
        self.timescale = None
        self.comments = []
        self.last = None
        names = {}
        scopes = []
        time = None
        with open(path, encoding="utf-8") as file:
            tokens = iter(file.read().split())
        for token in tokens:
            if token in ("$dumpvars", "$end", "$dumpall", "$dumpon", "$dumpoff"):
                continue
            if token[0] == "$":
                words = []
                for word in tokens:
                    if word == "$end":
                        break
                    words.append(word)
                if token == "$scope":
                    scopes.append(words[1])
                elif token == "$upscope":
                    scopes.pop()
                elif token == "$timescale":
                    self.timescale = "".join(words)
                elif token == "$comment":
                    self.comments.append(" ".join(words))
                elif token == "$var":
                    name = ".".join([*scopes, words[3]])
                    names.setdefault(words[2], []).append(name)
                    self.bits[name] = int(words[1])
                    self.changes[name] = []
                continue
            if token[0] == "#":
                now = int(token[1:])
                if time is not None and now < time:
                    raise ValueError(f"time goes back from {time} to {now}")
                time = self.last = now
                continue
            if token[0] in "bB":
                value, code = int(token[1:], 2), next(tokens)
            else:
                value, code = int(token[0]), token[1:]
            for name in names[code]:
                if value >> self.bits[name]:
                    raise ValueError(f"{name} has {self.bits[name]} bits but the value {value}")
                self.changes[name].append((time, value))

    def pieces(self, name, start=None, end=None):
        """(start, end, value) of the stretches of a signal, cut to [start, end)."""
        changes = self.changes[name]
        for i, (time, value) in enumerate(changes):
            until = changes[i + 1][0] if i + 1 < len(changes) else self.last
            low = time if start is None else max(time, start)
            high = until if end is None else min(until, end)
            if low < high:
                yield low, high, value

    def time_at(self, name, value, start=None, end=None):
        """How long a signal has a value."""
        return sum(b - a for a, b, v in self.pieces(name, start, end) if v == value)
