"""What is ready, in the order that a source owes: held back as far as stimuli may still come."""

from collections import deque

from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, SourceChanged, SourceItem, SourceWarning
from amr_monitor.model.stimulation import Stimulus


class Lane:
    """Blocks and gaps in a row; stimuli and texts go before the block that holds them."""

    def __init__(self) -> None:
        self._row: deque[SampleBlock | Gap | SourceChanged] = deque()
        self._stimuli: list[Stimulus] = []
        self._texts: list[Annotation] = []
        self._warnings: list[SourceWarning] = []
        self.given_index = 0

    def add(self, item: SampleBlock | Gap | SourceChanged) -> None:
        """Take what follows in the row."""
        self._row.append(item)

    def add_stimuli(self, stimuli: list[Stimulus]) -> None:
        """Take stimuli, in order."""
        self._stimuli += stimuli

    def add_text(self, text: Annotation) -> None:
        """Take a text; it counts where it stands, or at the first sample not given yet."""
        self._texts.append(text)
        self._texts.sort(key=lambda each: each.sample_index)

    def add_warnings(self, warnings: list[SourceWarning]) -> None:
        """Take what is told at once."""
        self._warnings += warnings

    def take(self, up_to: int) -> list[SourceItem]:
        """Return everything before an index, in order."""
        items: list[SourceItem] = [*self._warnings]
        self._warnings.clear()
        items += self._stimuli_before(self.given_index)
        while self._row:
            head = self._row[0]
            if not isinstance(head, SampleBlock):
                if head.sample_index > up_to:
                    break
                items.append(head)
                self._row.popleft()
                continue
            end = min(head.end_index, up_to)
            if end <= head.first_index:
                break
            items += self._stimuli_before(end)
            items += self._texts_before(end)
            if end == head.end_index:
                items.append(head)
                self._row.popleft()
            else:
                n_now = end - head.first_index
                items.append(
                    SampleBlock(first_index=head.first_index, samples_uv=head.samples_uv[:, :n_now])
                )
                self._row[0] = SampleBlock(first_index=end, samples_uv=head.samples_uv[:, n_now:])
            self.given_index = end
        return items

    def _stimuli_before(self, index: int) -> list[Stimulus]:
        n_due = next(
            (n for n, each in enumerate(self._stimuli) if each.sample_index >= index),
            len(self._stimuli),
        )
        due, self._stimuli = self._stimuli[:n_due], self._stimuli[n_due:]
        return due

    def _texts_before(self, index: int) -> list[Annotation]:
        n_due = next(
            (n for n, each in enumerate(self._texts) if each.sample_index >= index),
            len(self._texts),
        )
        due, self._texts = self._texts[:n_due], self._texts[n_due:]
        return due
