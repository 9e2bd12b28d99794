"""GET /metrics, as Prometheus' own client library for Python reads it."""

from prometheus_client.parser import text_string_to_metric_families

from harness import wait_until


class Scrape:
    """One answer of GET /metrics."""

    def __init__(self, server):
        response = server.get("/metrics")
        assert response.status_code == 200, response.text
        self.content_type = response.headers["Content-Type"]
        self.text = response.text
        self.families = list(text_string_to_metric_families(self.text))
        self.samples = {(sample.name, frozenset(sample.labels.items())): sample.value
                        for family in self.families for sample in family.samples}

    def value(self, name, **labels):
        """Of the series with exactly these labels; 0 where there is none yet."""
        return self.samples.get((name, frozenset(labels.items())), 0)

    def sum(self, name, **labels):
        """Of all series with these labels and perhaps others."""
        return sum(value for (its_name, its), value in self.samples.items()
                   if its_name == name and frozenset(labels.items()) <= its)

    def label_values(self, name, label):
        return {dict(its)[label] for its_name, its in self.samples if its_name == name}

    def cumulative(self):
        """The samples that never become less: counters, and the counts and sums of times."""
        families = {family.name: family.type for family in self.families}
        kept = {}
        for family in self.families:
            if families[family.name] not in ("counter", "histogram", "summary"):
                continue
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                kept[key] = sample.value
        return kept


def grown(before, after, name, **labels):
    """By how much a series has grown between two scrapes."""
    return after.sum(name, **labels) - before.sum(name, **labels)


def wait_for(server, condition, what):
    """The first scrape for which it is so."""
    def scraped():
        scrape = Scrape(server)
        return scrape if condition(scrape) else None
    return wait_until(scraped, what)
