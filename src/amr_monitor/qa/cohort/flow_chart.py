"""Figure 1 as a picture: SVG that a screen reader reads, too."""

from html import escape

from amr_monitor.qa.cohort.groups import Groups

WIDTH, BOX, TALL, GAP = 760, 300, 54, 46
LINE = 20
MOST_CHARACTERS = 48
_MIDDLE = 200
_HEAD = ' class="head"'


def flow_chart(groups: Groups) -> str:
    """Return the chart as one SVG element; its description says all of it in words."""
    excluded = [f"Left out: {groups.n_excluded}"] + [
        f"{each.n_patients}  {_short(each.reason)}" for each in groups.exclusions
    ]
    side_tall = TALL + LINE * (len(excluded) - 1) if groups.n_excluded else 0
    top = 8
    lower = top + TALL + max(GAP, side_tall + GAP // 2)
    groups_top = lower + TALL + GAP
    tall = groups_top + TALL + 8
    parts = [
        _box(_MIDDLE - BOX // 2, top, BOX, TALL, [f"Patients: {groups.n_patients}"], "all"),
        _line(_MIDDLE, top + TALL, _MIDDLE, lower),
        _box(_MIDDLE - BOX // 2, lower, BOX, TALL, [f"Compared: {groups.n_compared}"], "all"),
    ]
    if groups.n_excluded:
        at = top + TALL + GAP // 4
        middle = at + side_tall // 2
        parts += [
            _line(_MIDDLE, middle, _MIDDLE + 170, middle),
            _box(_MIDDLE + 170, at, WIDTH - _MIDDLE - 178, side_tall, excluded, "out"),
        ]
    branch = lower + TALL + GAP // 2
    left, right = _MIDDLE, _MIDDLE + 360
    parts += [
        _line(_MIDDLE, lower + TALL, _MIDDLE, groups_top),
        _line(_MIDDLE, branch, right, branch),
        _line(right, branch, right, groups_top),
        _box(
            left - BOX // 2,
            groups_top,
            BOX,
            TALL,
            ["Group A: AMR disappeared", f"n = {len(groups.disappeared)}"],
            "a",
        ),
        _box(
            right - BOX // 2,
            groups_top,
            BOX,
            TALL,
            ["Group B: AMR persistent", f"n = {len(groups.persistent)}"],
            "b",
        ),
    ]
    return (
        f'<svg class="flow" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}"'
        ' role="img" aria-labelledby="flow-title flow-description">'
        '<title id="flow-title">Flow chart of the patients</title>'
        f'<desc id="flow-description">{escape(flow_sentence(groups))}</desc>'
        + "".join(parts)
        + "</svg>"
    )


def flow_sentence(groups: Groups) -> str:
    """Return the chart in words."""
    reasons = ", ".join(f"{each.n_patients} {each.reason}" for each in groups.exclusions)
    left_out = f" {groups.n_excluded} were left out ({reasons})." if reasons else ""
    return (
        f"Of {groups.n_patients} patients{'' if left_out else ' none was left out.'}"
        f"{',' + left_out if left_out else ''} {groups.n_compared} were compared:"
        f" {len(groups.disappeared)} in group A, whose AMR disappeared, and"
        f" {len(groups.persistent)} in group B, whose AMR persisted."
    )


def _box(left: int, top: int, wide: int, tall: int, lines: list[str], kind: str) -> str:
    first = top + tall / 2 - LINE * (len(lines) - 1) / 2 + 5
    texts = "".join(
        f'<text x="{left + wide / 2:g}" y="{first + LINE * n:g}"'
        f"{_HEAD if n == 0 else ''}>{escape(text)}</text>"
        for n, text in enumerate(lines)
    )
    return (
        f'<rect class="{kind}" x="{left}" y="{top}" width="{wide}" height="{tall}" rx="6"/>{texts}'
    )


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _short(reason: str) -> str:
    if len(reason) <= MOST_CHARACTERS:
        return reason
    return f"{reason[: MOST_CHARACTERS - 1].rstrip()}…"
