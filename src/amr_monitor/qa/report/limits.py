"""What the monitor cannot say, and what others have published."""

from amr_monitor.qa.report.document import Bullets, Paragraph, Section, Table

SOURCE = (
    "Xu L, Xu W, Wang J, Chong Y, Liang W, Jiang C. Persistent abnormal muscle response after"
    " microvascular decompression for hemifacial spasm. Scientific Reports 2020; 10: 18484."
    " doi.org/10.1038/s41598-020-75742-x"
)

_CANNOT = (
    "It does not monitor hearing, nor the safety of the facial or any other nerve.",
    "It is decision support and not a certified medical device. The surgeon and the"
    " neurophysiologist decide.",
    "It reports a status of the response and no outcome of the patient: a response that stays is"
    " no failed operation, and one that is gone is no promise of cure.",
    "What followed a mark in time need not have come of it.",
    "It knows what the stimuli showed and nothing between them: with pauses, between bursts and"
    " while sweeps are rejected, a short return can pass unseen.",
    "A response smaller than the upper bound told, or one that fires less often than the silence"
    " was long, can still be there.",
    "A late wave in mentalis may be an F wave, a wave at 10 to 12 ms in orbicularis oculi a blink"
    " reflex: neither is told from an AMR for certain.",
    "Deep or volatile anaesthesia and relaxants can take the response away while the M wave"
    " stays. What nobody told the monitor of them, it does not know.",
    "Its rules are its own and were tried on simulated surgeries; they are not validated on"
    " patients.",
)


def cannot_section() -> Section:
    """Return what must not be read into the report."""
    return Section(
        name="limits",
        title="What the monitor cannot say",
        blocks=(Bullets(sentences=_CANNOT),),
    )


def context_section() -> Section:
    """Return the published figures, as context and with their source."""
    return Section(
        name="published",
        title="Published context",
        blocks=(
            Paragraph(
                text="Figures of one hospital, of 326 patients operated in 2017. They speak of"
                " groups and are no prediction for this patient."
            ),
            Table(
                caption="Free of spasm, by whether the response disappeared or persisted",
                heads=("Response", "Patients", "At once after surgery", "In the long term"),
                rows=(
                    ("disappeared (group A)", "305", "271 (88.9 %)", "300 (98.4 %)"),
                    ("persistent (group B)", "21", "6 (28.6 %)", "19 (90.5 %)"),
                    ("P", "", "< 0.001", "0.068"),
                ),
                numeric=frozenset({1, 2, 3}),
                wide=0,
            ),
            Paragraph(
                text="A response that persisted went with a longer duration of the symptoms before"
                " surgery (39.8 against 23.4 months, P < 0.001). 13 patients whose response was"
                " lost before decompression stand in neither group."
            ),
            Paragraph(text=f"Source: {SOURCE}"),
        ),
    )
