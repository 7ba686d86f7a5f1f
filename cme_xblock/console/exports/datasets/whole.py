"""Sets of rows that are made of a whole activity at once: sums, reports, closing numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping

from cme_xblock.console.exports.columns import Columns
from cme_xblock.console.exports.datasets.base import Dataset
from cme_xblock.console.exports.scope import START, Page, Scope, Stretch


class WholeDataset(Dataset):
    """A page for each activity."""

    def pages(self, scope: Scope, cursor: Mapping[str, int] = START) -> Iterator[Page]:
        """An activity after the other."""
        done = cursor["done"]
        for place in range(cursor["activity"], len(scope.activities)):
            key = scope.activities[place]
            done += scope.participations(key).count()
            yield Page(self.whole(scope, key), {"activity": place + 1, "after": 0, "done": done}, done)

    @abstractmethod
    def whole(self, scope: Scope, activity_key: str) -> Columns:
        """The rows of one activity."""

    def read(self, scope: Scope, stretch: Stretch) -> Columns:
        """The rows of one activity."""
        return self.whole(scope, stretch.activity)
