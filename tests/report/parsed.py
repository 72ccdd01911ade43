"""A page as a parser reads it."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Elements in order as (name, attributes, text inside), and whether every one was closed where it should be."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.faults = [], [], []
        self.feed(text)

    def handle_starttag(self, name, attributes):
        element = (name, dict(attributes), [])
        self.elements.append(element)
        if name not in VOID:
            self.open.append(element)

    def handle_endtag(self, name):
        if not self.open or self.open[-1][0] != name:
            self.faults.append(name)
        else:
            self.open.pop()

    def handle_data(self, data):
        for _, _, inside in self.open:
            inside.append(data)

    def all(self, name, **wanted):
        """Elements of a name whose attributes hold the wanted words."""
        return [
            (found, "".join(inside))
            for kind, found, inside in self.elements
            if kind == name and all(word in (found.get(key.rstrip("_")) or "").split() for key, word in wanted.items())
        ]
