"""Sets that are joined one pair at a time."""


class Unions:
    """Disjoint sets of names (Galler and Fischer 1964); a set is known by its smallest name."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def join(self, first: str, second: str) -> None:
        """Make one set of the sets of two names."""
        smaller, larger = sorted((self.root(first), self.root(second)))
        self._above[larger] = smaller

    def root(self, name: str) -> str:
        """Give the smallest name of a name's set; itself where it was never joined."""
        above = self._above
        path = []
        while (next_one := above.setdefault(name, name)) != name:
            path.append(name)
            name = next_one
        for passed in path:
            above[passed] = name
        return name
